import { execFile } from 'node:child_process';
import { chmod, lstat, mkdir, readFile, readdir, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { zstdCompressSync } from 'node:zlib';
import type { TestContext } from 'vitest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { restoreKit } from '../../src/archive/restore-kit.ts';
import { findPostgresTools } from '../servers/postgres-tools.ts';
import type { PostgresServer } from '../servers/postgres.ts';
import { startPostgres } from '../servers/postgres.ts';
import { required, runTool, tool } from '../support/tools.ts';
import { SAMPLE_FILES, SAMPLE_LINKS, addSampleStorage, sampleArchive, smallArchive } from './sample.ts';
import { changeSum, unpack } from './unpacked.ts';

const filesArchive = (): Promise<Buffer> =>
  smallArchive(async (writer) => ({ storages: [await addSampleStorage(writer)] }));

describe('restore.sh of an archive without a database', () => {
  it('copies the files and gives them their true names', async (context) => {
    const folder = await unpack(context, await filesArchive());
    await runTool('sh', [join(folder, 'unpacked', 'restore.sh'), 'restored to'], { cwd: folder });
    const uploads = Buffer.from(join(folder, 'restored to', 'uploads') + '/');
    for (const { path, content } of SAMPLE_FILES) {
      expect(await readFile(Buffer.concat([uploads, path]))).toEqual(content);
    }
    for (const { path, target } of SAMPLE_LINKS) {
      expect(await readlink(Buffer.concat([uploads, path]), 'buffer')).toEqual(target);
    }
    expect((await lstat(join(uploads.toString(), 'empty folder'))).mode & 0o777).toBe(0o750);
    const names = await readdir(uploads, { encoding: 'buffer' });
    expect(names).toHaveLength(11);
  });

  it('stops at a file that was changed, and at checksums that were', async (context) => {
    const folder = await unpack(context, await filesArchive());
    const script = join(folder, 'unpacked', 'restore.sh');
    const file = join(folder, 'unpacked', 'storage', 'uploads', 'a.txt');
    const restore = (): Promise<unknown> => runTool('sh', [script, join(folder, 'restored')]);
    await writeFile(file, 'changed');
    await expect(restore()).rejects.toThrow('the unpacked files are damaged or incomplete');
    await changeSum(folder, 'storage/uploads/a.txt', 'changed', false);
    await expect(restore()).rejects.toThrow('SHA256SUMS is not the one');
    expect(await readdir(folder)).not.toContain('restored');
  });

  it('stops where symlinks were lost', async (context) => {
    const folder = await unpack(context, await filesArchive());
    const script = join(folder, 'unpacked', 'restore.sh');
    const restore = (): Promise<unknown> => runTool('sh', [script, join(folder, 'restored')]);
    const uploads = join(folder, 'unpacked', 'storage', 'uploads');
    const link = join(uploads, 'link');
    const target = await readlink(link);
    await rm(link);
    await writeFile(link, target);
    await expect(restore()).rejects.toThrow(`has not the ${SAMPLE_LINKS.length} symlinks of the archive`);
    expect(await readdir(folder)).not.toContain('restored');
    await rm(link);
    await symlink(join(uploads, target), link);
    await expect(restore()).rejects.toThrow('leads into');
    expect(await readdir(folder)).not.toContain('restored');
    await rm(link);
    await symlink(target, link);
    await restore();
  });

  it('gives true names also in folders that forbid it to their owner', async (context) => {
    const folder = await unpack(context, await filesArchive());
    const uploads = join(folder, 'unpacked', 'storage', 'uploads');
    await chmod(uploads, 0o555);
    const isRoot = process.geteuid?.() === 0;
    if (isRoot) await runTool('chown', ['-R', '65534:65534', folder]);
    const script = [join(folder, 'unpacked', 'restore.sh'), join(folder, 'restored')];
    await promisify(execFile)('sh', script, isRoot ? { uid: 65_534, gid: 65_534 } : {});
    const restored = join(folder, 'restored', 'uploads');
    expect((await lstat(restored)).mode & 0o777).toBe(0o555);
    for (const { path, target } of SAMPLE_LINKS)
      expect(await readlink(Buffer.concat([Buffer.from(`${restored}/`), path]), 'buffer')).toEqual(target);
    await chmod(uploads, 0o755);
    await chmod(restored, 0o755);
  });

  it('replaces nothing', async (context) => {
    const folder = await unpack(context, await filesArchive());
    await mkdir(join(folder, 'restored', 'uploads'), { recursive: true });
    const restore = runTool('sh', [join(folder, 'unpacked', 'restore.sh'), join(folder, 'restored')]);
    await expect(restore).rejects.toThrow('exists already; nothing was restored');
  });

  it('tells how it is used', async (context) => {
    const folder = await unpack(context, await filesArchive());
    await expect(runTool('sh', [join(folder, 'unpacked', 'restore.sh')])).rejects.toThrow(
      'usage: sh restore.sh',
    );
  });
});

describe('restore.sh of an archive with a PostgreSQL database', () => {
  let server: PostgresServer;
  let databases = 0;
  beforeAll(async () => {
    server = await startPostgres();
  }, 60_000);
  afterAll(() => server.stop());

  /** Unpacks the sample, and gives what runs its script on a new database. */
  async function prepare(context: TestContext): Promise<{
    folder: string;
    restore: (...more: string[]) => Promise<unknown>;
    query: (sql: string) => Promise<unknown[]>;
  }> {
    const { folder: tools } = required(context, await findPostgresTools());
    required(context, await tool('zstd'));
    const folder = await unpack(context, await sampleArchive());
    const database = `kit${++databases}`;
    await server.createDatabase(database);
    const env = { ...process.env, PATH: `${tools}:${process.env.PATH}` };
    return {
      folder,
      restore: (...more) =>
        runTool('sh', [join(folder, 'unpacked', 'restore.sh'), server.url(database), ...more], { env }),
      query: (sql) => server.query(database, sql),
    };
  }

  const COUNT = 'SELECT count(*)::int AS rows, sum(id)::int AS ids FROM app.users';
  const TABLES = "SELECT relname FROM pg_class WHERE relname LIKE 'users%' ORDER BY 1";

  it('brings back rows, what comes after them, and files', async (context) => {
    const { folder, restore, query } = await prepare(context);
    await restore(join(folder, 'restored'));
    expect(await query(COUNT)).toEqual([{ rows: 3, ids: 6 }]);
    expect(await query(TABLES)).toEqual([{ relname: 'users' }, { relname: 'users_pkey' }]);
    expect(await readFile(join(folder, 'restored', 'uploads', 'a.txt'), 'utf8')).toBe('hello '.repeat(1000));
  });

  it('needs no folder when only the database is wanted', async (context) => {
    const { folder, restore, query } = await prepare(context);
    await restore();
    expect(await query(COUNT)).toEqual([{ rows: 3, ids: 6 }]);
    expect(await readdir(folder)).toEqual(['archive.zip', 'unpacked']);
  });

  const second = 'database/data/app.users/000002.copy.zst';
  const failures: [string, string, Buffer | string][] = [
    ['a part that ends early', second, zstdCompressSync('3\n'.repeat(100_000)).subarray(0, -4)],
    ['a part that is no zstd', second, 'hello'],
    ['rows that the server refuses', second, zstdCompressSync('three\n')],
    ['rows that break a key', second, zstdCompressSync('1\n')],
    ['a script that is cut in a quotation', 'database/post-data.sql', "SELECT 'x"],
    ['a script that fails', 'database/post-data.sql', 'SELECT 1/0;\n'],
    ['a script that ends psql', 'database/post-data.sql', '\\quit\n'],
  ];
  for (const [what, name, content] of failures) {
    it(`leaves the database as it was: ${what}`, async (context) => {
      const { folder, restore, query } = await prepare(context);
      await writeFile(join(folder, 'unpacked', name), content);
      await changeSum(folder, name, content);
      await expect(restore()).rejects.toThrow('the database could not be loaded and is as it was');
      expect(await query(TABLES)).toEqual([]);
    });
  }

  it('runs no command that the archive holds', async (context) => {
    const { folder, restore } = await prepare(context);
    const { psql } = required(context, await findPostgresTools());
    const { stdout } = await runTool(psql, ['--help=commands']);
    if (!stdout.includes('\\restrict')) context.skip('psql does not know \\restrict');
    const name = 'database/post-data.sql';
    const content = `SELECT 1;\n\\! touch ${join(folder, 'pwned')}\n`;
    await writeFile(join(folder, 'unpacked', name), content);
    await changeSum(folder, name, content);
    await expect(restore()).rejects.toThrow('restricted');
    expect(await readdir(folder)).not.toContain('pwned');
  });
});

describe('the kit', () => {
  it('has no instructions for an engine that it does not know', () => {
    expect(() => restoreKit('oracle')).toThrow('no instructions for restoring oracle');
  });
});
