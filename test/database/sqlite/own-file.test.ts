import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { OwnFile } from '../../../src/database/sqlite/file/own-file.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { execute } from './files.ts';

it('tells what SQLite says', async () => {
  const path = join(await temporaryFolder(), 'own.db');
  execute(path, 'CREATE TABLE t (a)');
  await using file = new OwnFile(path, { readOnly: false, signal: new AbortController().signal });
  await file.rows('INSERT INTO t VALUES (?), (?)', 'one', 2);
  expect(await file.rows('SELECT a FROM t')).toEqual([{ a: 'one' }, { a: 2 }]);
  await expect(file.rows('SELECT b FROM t')).rejects.toMatchObject({
    message: 'no such column: b',
    errcode: 1,
  });
});

it('ends a long statement when it is interrupted', async () => {
  const path = join(await temporaryFolder(), 'own.db');
  // More than SQLite keeps in memory.
  execute(
    path,
    `CREATE TABLE t (a); WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
     INSERT INTO t SELECT randomblob(500) FROM n`,
  );
  const controller = new AbortController();
  const file = new OwnFile(path, { readOnly: true, signal: controller.signal });
  await file.rows('SELECT count(*) FROM t');
  // It would take hours.
  const endless = file.rows('SELECT count(*) FROM t AS a, t AS b, t AS c WHERE a.a > b.a OR b.a > c.a');
  setTimeout(() => controller.abort(new Error('stop')), 50);
  await expect(endless).rejects.toThrow('stop');
  await file[Symbol.asyncDispose]();
  // A file that is interrupted before its work begins is not touched.
  execute(path, 'CREATE TABLE t (a)');
  const size = statSync(path).size;
  await using late = new OwnFile(path, { readOnly: true, signal: controller.signal });
  await expect(late.rows('SELECT 1')).rejects.toThrow('stop');
  expect(existsSync(path) && statSync(path).size).toBe(size);
});
