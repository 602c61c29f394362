import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { RecoveredLoad } from '../../../src/database/engine.ts';
import { openFile } from '../../../src/database/sqlite/file/connection.ts';
import { sqlite } from '../../../src/database/sqlite/sqlite.ts';
import { findPlace } from '../../../src/database/sqlite/target/place.ts';
import { stagedPath, SWITCHING } from '../../../src/database/sqlite/target/staged.ts';
import { swapIn } from '../../../src/database/sqlite/target/swap.ts';
import { recordingReporter } from '../../support/recording-reporter.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { execute, executeAndDie, query } from './files.ts';

const CONTENT = 'SELECT word FROM words';
const MANY = 'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)';

/** What lies at the place before: each with content `old`. */
const BEFORE: readonly [string, (path: string) => void][] = [
  [
    'a log that a killed writer left',
    (path) => {
      execute(path, 'PRAGMA journal_mode = WAL; CREATE TABLE words (word)');
      executeAndDie(path, "INSERT INTO words VALUES ('old')");
      expect(existsSync(`${path}-wal`)).toBe(true);
    },
  ],
  [
    'a journal that a killed writer left',
    (path) => {
      execute(path, `CREATE TABLE words (word); INSERT INTO words VALUES ('old'); CREATE TABLE n (i)`);
      executeAndDie(
        path,
        `PRAGMA cache_size = 5; BEGIN; UPDATE words SET word = 'half'; ${MANY} INSERT INTO n SELECT randomblob(100) FROM n`,
      );
      expect(existsSync(`${path}-journal`)).toBe(true);
    },
  ],
];

/** As if the owner of the name were gone, as a process is that was killed. */
function ofDeadProcess(staged: string): string {
  return staged.replace(/-\d+-\d*-([0-9a-f]{12}\.new)$/, '-4194303-1-$1');
}

function recover(path: string): Promise<readonly RecoveredLoad[]> {
  return sqlite.recover({
    url: `sqlite:${path}`,
    dryRun: false,
    env: {},
    reporter: recordingReporter(),
    signal: new AbortController().signal,
  });
}

describe('a database that is replaced', () => {
  for (const [what, make] of BEFORE) {
    it(`is whole at every moment, old or new: ${what}`, async () => {
      const folder = await temporaryFolder();
      const seen = new Set<string>();
      for (let step = 1, ended = false; !ended; step++) {
        const path = join(folder, String(step), 'app.db');
        await mkdir(join(folder, String(step)));
        make(path);
        const mode = what.includes('log') ? 'wal' : 'delete';
        const staged = ofDeadProcess(stagedPath(path));
        execute(staged, "CREATE TABLE words (word); INSERT INTO words VALUES ('new')");
        const main = join(import.meta.dirname, 'swap-main.ts');
        const { signal, status, stderr } = spawnSync(process.execPath, [main, staged, path, String(step)]);
        if (signal === null) expect([status, stderr.toString()]).toEqual([0, '']);
        ended = signal === null;
        const found = query(path, CONTENT)[0]?.[0] as string;
        expect(query(path, 'PRAGMA integrity_check')).toEqual([['ok']]);
        seen.add(found);
        for (const { outcome } of await recover(path))
          expect(outcome).toBe(found === 'new' ? 'committed' : 'rolled back');
        expect(query(path, CONTENT)).toEqual([[found]]);
        expect(query(path, 'PRAGMA journal_mode')).toEqual([[found === 'new' ? 'delete' : mode]]);
        expect(await readdir(join(folder, String(step)))).toEqual(['app.db']);
        if (ended) expect(found).toBe('new');
      }
      expect([...seen].toSorted()).toEqual(['new', 'old']);
    });
  }

  it('takes what another database of its name left along', async () => {
    const folder = await temporaryFolder();
    const path = join(folder, 'app.db');
    execute(path, 'PRAGMA journal_mode = WAL; CREATE TABLE words (word)');
    executeAndDie(path, "INSERT INTO words VALUES ('old')");
    const place = await findPlace(path);
    const staged = stagedPath(path);
    execute(staged, "PRAGMA journal_mode = WAL; CREATE TABLE words (word); INSERT INTO words VALUES ('new')");
    await swapIn(staged, place, recordingReporter());
    expect(await readdir(folder)).toEqual(['app.db']);
    expect(query(path, CONTENT)).toEqual([['new']]);

    const missing = join(folder, 'missing.db');
    await writeFile(`${missing}-wal`, 'somebody else');
    execute(staged, "CREATE TABLE words (word); INSERT INTO words VALUES ('newer')");
    await swapIn(staged, await findPlace(missing), recordingReporter());
    expect((await readdir(folder)).toSorted()).toEqual(['app.db', 'missing.db']);
    expect(query(missing, CONTENT)).toEqual([['newer']]);
  });

  it('gets its log back after a crash, without a journal that was only begun', async () => {
    const folder = await temporaryFolder();
    const path = join(folder, 'app.db');
    execute(path, `PRAGMA journal_mode = WAL; CREATE TABLE words (word); INSERT INTO words VALUES ('old')`);
    for (const journal of [Buffer.alloc(0), Buffer.alloc(512)]) {
      await writeFile(`${ofDeadProcess(stagedPath(path))}${SWITCHING}`, 'the new one');
      await writeFile(`${path}-journal`, journal);
      expect(await recover(path)).toMatchObject([{ outcome: 'rolled back' }]);
      expect(await readdir(folder)).toEqual(['app.db']);
    }
    expect(query(path, CONTENT)).toEqual([['old']]);
    expect(query(path, 'PRAGMA journal_mode')).toEqual([['wal']]);
  });

  it('gets its log back when somebody has the file open', async (context) => {
    if (process.platform !== 'linux') context.skip('only Linux tells who has a file open');
    const folder = await temporaryFolder();
    const path = join(folder, 'app.db');
    execute(path, `PRAGMA journal_mode = WAL; CREATE TABLE words (word); INSERT INTO words VALUES ('old')`);
    const staged = stagedPath(path);
    execute(staged, 'CREATE TABLE words (word)');
    // It holds no lock: another backup, an indexer.
    const script = `require('node:fs').openSync(${JSON.stringify(path)}); console.log('open'); setInterval(() => {}, 1000)`;
    const user = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'ignore'] });
    onTestFinished(() => void user.kill('SIGKILL'));
    await once(user.stdout, 'data');
    await expect(swapIn(staged, await findPlace(path), recordingReporter())).rejects.toThrow(
      `process ${user.pid}`,
    );
    expect(query(path, 'PRAGMA journal_mode')).toEqual([['wal']]);
    expect(query(path, CONTENT)).toEqual([['old']]);
    expect((await readdir(folder)).length).toBe(2);
  });

  it('stays as it was when somebody uses it', async () => {
    for (const mode of ['delete', 'wal']) {
      const folder = await temporaryFolder();
      const path = join(folder, 'app.db');
      execute(
        path,
        `PRAGMA journal_mode = ${mode}; CREATE TABLE words (word); INSERT INTO words VALUES ('old')`,
      );
      const staged = stagedPath(path);
      execute(staged, 'CREATE TABLE words (word)');
      const place = await findPlace(path);
      const reader = openFile(path, { readOnly: false });
      reader.exec('BEGIN');
      reader.prepare(CONTENT).all();
      await expect(swapIn(staged, place, recordingReporter())).rejects.toMatchObject({
        code: 'failed',
        message: expect.stringContaining('in use'),
      });
      reader.close();
      expect(query(path, CONTENT)).toEqual([['old']]);
      expect(query(path, 'PRAGMA journal_mode')).toEqual([[mode]]);
      expect(existsSync(staged)).toBe(true);
    }
  });
});
