import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { execute, query } from '../database/sqlite/files.ts';
import { runHoldfast } from '../support/run-holdfast.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { required, runTool, tool } from '../support/tools.ts';

const SAMPLE = `PRAGMA journal_mode = WAL; PRAGMA user_version = 3;
  CREATE TABLE users (id integer PRIMARY KEY AUTOINCREMENT, name text NOT NULL COLLATE NOCASE, data blob, up AS (upper(name)));
  CREATE TABLE pairs (a, b, PRIMARY KEY (a, b)) WITHOUT ROWID;
  CREATE VIRTUAL TABLE found USING fts5 (name);
  CREATE TRIGGER added AFTER INSERT ON users BEGIN INSERT INTO found VALUES (new.name); END;
  CREATE VIEW names AS SELECT name FROM users;
  INSERT INTO users (name, data) VALUES ('Zoë 😀', x'00ff'), ('it''s', NULL), ('two
lines', zeroblob(100000));
  INSERT INTO pairs VALUES (1, 1.5), ('x', 9223372036854775807)`;

it('brings a SQLite database back, by itself and by restore.sh', async (context) => {
  const sqlite3 = required(context, await tool('sqlite3'));
  const unzip = required(context, await tool('unzip'));
  for (const name of ['zstd', 'sha256sum']) required(context, await tool(name));
  const cwd = await temporaryFolder();
  execute(join(cwd, 'app.db'), SAMPLE);
  const run = (...args: string[]) => runHoldfast(args, { cwd, env: { DATABASE_URL: 'sqlite:app.db' } });
  const backup = await run('backup', 'app.zip');
  expect(backup.code).toBe(0);
  expect(backup.stderr).toContain('3 tables, 8 rows');
  expect(backup.stderr).not.toMatch(/warning/i);
  const inspected = await run('inspect', 'app.zip');
  expect(inspected.stdout.toString()).toMatch(/main\.users +3 rows/);
  const restored = await run('restore', 'app.zip', '--database', 'sqlite:new.db', '--yes');
  expect([restored.code, restored.stderr]).toEqual([0, expect.stringContaining('3 tables, 8 rows')]);

  await runTool(unzip, ['-q', 'app.zip', '-d', 'unpacked'], { cwd });
  await runTool('sh', ['unpacked/restore.sh', 'by hand.db'], { cwd });
  await expect(runTool('sh', ['unpacked/restore.sh', 'by hand.db'], { cwd })).rejects.toThrow(
    'exists already',
  );
  await writeFile(join(cwd, 'other.db-wal'), '');
  await expect(runTool('sh', ['unpacked/restore.sh', 'other.db'], { cwd })).rejects.toThrow('exists already');
  const dumps = await Promise.all(
    ['app.db', 'new.db', 'by hand.db'].map((name) => runTool(sqlite3, [name, '.dump'], { cwd })),
  );
  for (const { stdout } of dumps) expect(stdout.toString()).toBe(dumps[0]!.stdout.toString());
  expect(query(join(cwd, 'new.db'), 'PRAGMA journal_mode')).toEqual([['wal']]);

  // What is there for reading makes the same objects.
  const script = await readFile(join(cwd, 'unpacked', 'database', 'pre-data.sql'), 'utf8');
  execute(join(cwd, 'empty.db'), script);
  const definitions = 'SELECT type, name, sql FROM sqlite_schema ORDER BY name';
  expect(query(join(cwd, 'empty.db'), definitions)).toEqual(query(join(cwd, 'app.db'), definitions));
});

it('compares, replaces and takes parts of a SQLite database', async () => {
  const cwd = await temporaryFolder();
  const path = join(cwd, 'app.db');
  execute(path, SAMPLE);
  const run = (...args: string[]) => runHoldfast(args, { cwd });
  const database = ['--database', 'sqlite:app.db'];
  expect((await run('backup', 'app.zip', ...database)).code).toBe(0);
  expect(await run('verify', 'app.zip', '--against', 'sqlite:app.db')).toMatchObject({ code: 0 });
  execute(path, "DELETE FROM pairs; DROP VIEW names; UPDATE users SET data = x'01' WHERE id = 1; VACUUM");
  const verified = await run('verify', 'app.zip', '--against', 'sqlite:app.db');
  expect(verified.code).toBe(4);
  expect(verified.stderr + verified.stdout.toString()).toMatch(/view main\.names is in the archive/);
  expect(verified.stderr + verified.stdout.toString()).toMatch(
    /main\.pairs: the database has 0 rows, the archive 2/,
  );
  expect(verified.stderr + verified.stdout.toString()).toMatch(
    /main\.users: 3 rows on both sides, but not the same/,
  );
  expect(await run('restore', 'app.zip', ...database, '--yes')).toMatchObject({ code: 6 });
  expect(await run('restore', 'app.zip', ...database, '--yes', '--overwrite')).toMatchObject({ code: 0 });
  expect(await run('verify', 'app.zip', '--against', 'sqlite:app.db')).toMatchObject({ code: 0 });

  const part = await run('restore', 'app.zip', '--database', 'sqlite:part.db', '--table', 'Pairs', '--yes');
  expect([part.code, part.stderr]).toEqual([0, expect.stringContaining('1 table, 2 rows')]);
  expect(query(join(cwd, 'part.db'), 'SELECT name FROM sqlite_schema')).toEqual([['pairs']]);
  await mkdir(join(cwd, 'less'));
  const less = await run(
    'backup',
    'less',
    ...database,
    '--exclude-table',
    'users',
    '--exclude-table',
    'names',
    '--exclude-table-data',
    'pairs',
  );
  expect([less.code, less.stderr]).toEqual([0, expect.stringContaining('2 tables, 3 rows')]);
  const [made = ''] = await readdir(join(cwd, 'less'));
  expect(made).toMatch(/^app-\d{8}T\d{6}Z\.zip/);
  const bare = await run('backup', 'bare.zip', ...database, '--exclude-table-data', 'pairs');
  expect(bare.code).toBe(0);
  const compared = await run('verify', 'bare.zip', '--against', 'sqlite:app.db');
  expect([compared.code, compared.stderr]).toEqual([0, expect.stringContaining('no rows of pairs')]);
});

it('shows a location as it is: no part of it is a secret', async () => {
  const cwd = await temporaryFolder();
  const name = 'a@b:c password=word.db';
  execute(join(cwd, name), 'CREATE TABLE t (a)');
  const { code, stderr } = await runHoldfast(['backup', 'a.zip', `--database=sqlite:${name}`], { cwd });
  expect([code, stderr]).toEqual([0, expect.not.stringMatching(/warning|\*\*\*/i)]);
  const missing = await runHoldfast(['backup', 'b.zip', `--database=sqlite:none ${name}`], { cwd });
  expect([missing.code, missing.stderr]).toEqual([1, expect.stringContaining(`none ${name}`)]);
  expect((await readdir(cwd)).toSorted()).toEqual([name, 'a.zip', 'a.zip.sha256'].toSorted());
});
