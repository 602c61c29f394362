import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ArchiveReader } from '../../src/archive/archive.ts';
import type { ManifestTable } from '../../src/archive/manifest.ts';
import { runBackup } from '../../src/workflow/backup.ts';
import { openArchiveAt } from '../../src/workflow/open-archive.ts';
import { runVerify } from '../../src/workflow/verify.ts';
import { type PostgresServer, startPostgres } from '../servers/postgres.ts';
import { recordingReporter } from '../support/recording-reporter.ts';
import { folderOfFile } from '../support/temporary-folder.ts';

/** A table that is read as three slices, one that is a single one, and one without rows. */
const ROWS = 24_000;

let server: PostgresServer;
const folder = await folderOfFile();

beforeAll(async () => {
  server = await startPostgres();
  await server.createDatabase('app');
  await server.query(
    'app',
    `CREATE TABLE large (id int, filler text); ALTER TABLE large ALTER filler SET STORAGE PLAIN;
    INSERT INTO large SELECT i, repeat('x', 7900) FROM generate_series(1, ${ROWS}) AS i;
    CREATE TABLE small (id int); INSERT INTO small SELECT generate_series(1, 10); CREATE TABLE void (id int)`,
  );
}, 120_000);
afterAll(() => server?.stop());

const common = () => ({
  env: {},
  reporter: recordingReporter(),
  signal: new AbortController().signal,
});

async function backup(jobs: number): Promise<string> {
  const archive = join(folder, `${jobs}.zip`);
  await runBackup({
    ...common(),
    database: server.url('app'),
    storages: [],
    archive,
    overwrite: false,
    key: undefined,
    jobs,
    lockTimeout: undefined,
    tables: [],
    excludeTables: [],
    excludeRows: [],
    excludeFiles: [],
    stdout: process.stdout,
  });
  return archive;
}

async function opened<Result>(
  path: string,
  work: (archive: ArchiveReader) => Promise<Result>,
): Promise<Result> {
  const resources = new AsyncDisposableStack();
  try {
    const request = { ...common(), archive: path, key: undefined, stdin: process.stdin };
    return await work((await openArchiveAt(request, resources)).archive);
  } finally {
    await resources.disposeAsync();
  }
}

function tableOf(archive: ArchiveReader, name: string): ManifestTable {
  return archive.manifest.database!.tables.find((table) => table.name === name)!;
}

describe('a backup of a large table', () => {
  it.each([1, 3])(
    'by %i jobs lists its rows in order, and its entries as they were written',
    async (jobs) => {
      const path = await backup(jobs);
      await opened(path, async (archive) => {
        const large = tableOf(archive, 'large');
        expect(large.rows).toBe(ROWS);
        const names = [...archive.entries].map(({ name }) => name).filter((name) => name.includes('.large/'));
        const numbered = large.parts.map(({ entry }) => entry).toSorted();
        expect(names).toEqual([`${large.directory}/load.sql`, ...numbered]);
        // One connection reads one slice after another; several read them side by side.
        const isInOrder = large.parts.every(({ entry }, index) => entry === numbered[index]);
        expect(isInOrder).toBe(jobs === 1);
        expect(tableOf(archive, 'small')).toMatchObject({ rows: 10, parts: [{ rows: 10 }] });
        expect(tableOf(archive, 'void')).toMatchObject({ rows: 0, parts: [] });
      });
      const reporter = recordingReporter();
      const { against } = await runVerify({
        ...common(),
        reporter,
        archive: path,
        key: undefined,
        stdin: process.stdin,
        quick: true,
        against: { url: server.url('app'), jobs },
      });
      expect(against).toMatchObject({ tables: 3, differences: [] });
      // Part by part in the order of the table: it would tell of the same rows in another order.
      expect(reporter.details.filter((line) => line.includes('another order'))).toEqual([]);
    },
  );
});
