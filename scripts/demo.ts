import { mkdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { formatBytes } from '../src/core/format.ts';
import { neutralEnvironment } from '../test/support/neutral-environment.ts';
import { differences } from './demo/compare-fingerprints.ts';
import type { Fingerprint } from './demo/database-fingerprint.ts';
import { folderFingerprint } from './demo/folder-fingerprint.ts';
import { asTyped, Narrator } from './demo/narrator.ts';
import { startPostgresDatabase } from './demo/postgres-database.ts';
import type { SampleDatabase } from './demo/sample-database.ts';
import { sqliteDatabase } from './demo/sqlite-database.ts';
import { executableName, hostPlatform } from './platforms.ts';

// npm run demo: backs up a sample application, destroys it, restores it and proves that nothing differs. With --sqlite its
// database is a file, and no server is needed.

class Interrupted extends Error {
  readonly signal: 'SIGINT' | 'SIGTERM';

  constructor(signal: 'SIGINT' | 'SIGTERM') {
    super('interrupted');
    this.signal = signal;
  }
}

// As one types them in the project's folder.
const FOLDER = 'dist/demo';
const UPLOADS = `${FOLDER}/uploads`;
const ARCHIVE = `${FOLDER}/harbour.zip.crypt`;
const KEY = `${FOLDER}/harbour.key`;
const DATABASE_FILE = `${FOLDER}/harbour.db`;
const HOLDFAST = `dist/${executableName(hostPlatform())}`;

process.chdir(join(import.meta.dirname, '..'));
const interruption = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => interruption.abort(new Interrupted(signal)));
}
const narrator = new Narrator({ environment: neutralEnvironment(), signal: interruption.signal });
try {
  await demo();
} catch (error) {
  if (error instanceof Interrupted) {
    narrator.say('\nInterrupted.');
    process.exitCode = error.signal === 'SIGINT' ? 130 : 143;
  } else {
    narrator.say(`\nThe demo failed: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  }
}

async function demo(): Promise<void> {
  const started = performance.now();
  narrator.say('Holdfast: back up a running application, lose it, bring it back.');
  await narrator.step('Build the executable', () => narrator.run(['npm', 'run', '--silent', 'build']));
  const database = process.argv.includes('--sqlite')
    ? sqliteDatabase(DATABASE_FILE)
    : await narrator.step('Start a PostgreSQL server of its own', () =>
        startPostgresDatabase((text) => narrator.note(text)),
      );
  try {
    await loseAndRestore(database);
  } finally {
    await database.stop();
  }
  await tellTheEnd(database, (performance.now() - started) / 1000);
}

async function loseAndRestore(database: SampleDatabase): Promise<void> {
  const source = ['--database', database.url, '--storage', `uploads=${UPLOADS}`];
  const key = ['--key-file', KEY];

  await narrator.step(
    'Make a sample application: the database and the uploaded files of a harbour',
    async () => {
      await rm(FOLDER, { recursive: true, force: true });
      await mkdir(FOLDER, { recursive: true });
      await database.create(UPLOADS);
    },
  );
  const before = await narrator.step('Write down what it holds, to compare later', async () => {
    const found = await fingerprint(database);
    narrator.note(summary(found));
    return found;
  });

  await narrator.step('Make a key', () => narrator.run([HOLDFAST, 'keygen'], KEY));
  await narrator.step('Back up, encrypted', () =>
    narrator.run([HOLDFAST, 'backup', ARCHIVE, ...source, ...key]),
  );
  await narrator.step('See what is in the archive', () =>
    narrator.run([HOLDFAST, 'inspect', ARCHIVE, ...key]),
  );
  await narrator.step('Verify every byte of it', () => narrator.run([HOLDFAST, 'verify', ARCHIVE, ...key]));

  await narrator.step('Disaster: drop the database, delete the files', async () => {
    await rm(UPLOADS, { recursive: true });
    narrator.note(await database.lose());
  });
  await narrator.step('Restore', () =>
    narrator.run([HOLDFAST, 'restore', ARCHIVE, ...source, ...key, '--yes']),
  );
  await narrator.step('Compare with what was there before', async () => {
    const found = differences(before, await fingerprint(database));
    for (const difference of found.slice(0, 20)) narrator.note(difference);
    if (found.length > 0)
      throw new Error(`${found.length} differences between the original and the restored`);
    narrator.note(`${summary(before)}: nothing differs.`);
  });
}

async function fingerprint(database: SampleDatabase): Promise<Fingerprint> {
  return new Map([...(await database.fingerprint()), ...(await folderFingerprint(UPLOADS))]);
}

function summary(found: Fingerprint): string {
  const count = (kind: string): number =>
    [...found.keys()].filter((thing) => thing.startsWith(`${kind} `)).length;
  // The rows of a partitioned table are those of its partitions.
  const rows = [...found]
    .filter(([thing]) => thing.startsWith('table '))
    .reduce((sum, [, state]) => sum + Number.parseInt(state, 10), 0);
  return (
    `${count('table')} tables with ${rows.toLocaleString('en')} rows, ` +
    (count('sequence') === 0 ? '' : `${count('sequence')} sequences, `) +
    `${count('definition')} definitions, ${count('path')} files, folders and links`
  );
}

async function tellTheEnd({ left, example }: SampleDatabase, seconds: number): Promise<void> {
  const { size } = await stat(ARCHIVE);
  narrator.say(`
Done in ${seconds.toFixed(0)} s.${left === null ? ' The server is stopped.' : ''} These are left:
    ${ARCHIVE}   the archive, ${formatBytes(size)}
    ${KEY}         its key: without it nobody can read the archive
    ${UPLOADS}             the files as they were restored${left === null ? '' : `\n    ${left}          the database as it was restored`}

What to type next:
    ${HOLDFAST} decrypt ${ARCHIVE} ${FOLDER}/harbour.zip --key-file ${KEY}
    unzip -l ${FOLDER}/harbour.zip
    ${asTyped([HOLDFAST, 'backup', 'my.zip', '--database', example, '--storage', 'uploads=/PATH'])}
    ${HOLDFAST} --help`);
}
