import { DatabaseSync } from 'node:sqlite';
import { expect, it, onTestFinished } from 'vitest';
import { UsesFinder } from '../../../src/database/sqlite/schema/uses.ts';

function database(sql: string): DatabaseSync {
  const db = new DatabaseSync(':memory:');
  onTestFinished(() => db.close());
  db.exec(sql);
  return db;
}

const TRIGGERS = Array.from({ length: 50 }, (_, n) => `g${n}`);
const CHAIN = TRIGGERS.map(
  (name, n) =>
    `CREATE TABLE t${n + 1} (a); CREATE TRIGGER ${name} AFTER INSERT ON t${n} BEGIN INSERT INTO t${n + 1} VALUES (1); END;`,
).join('');

it('tells what a trigger uses itself, also where that fires others', () => {
  const finder = new UsesFinder(database(`CREATE TABLE t0 (a); ${CHAIN}`), new Set(TRIGGERS));
  expect(finder.ofTrigger('g1', 't1')).toMatchObject({ names: new Set(['t1', 't2']), doubt: null });
});

it('does not look into more than people make, and says so', () => {
  const finder = new UsesFinder(database(`CREATE TABLE t0 (a); ${CHAIN}`), new Set(TRIGGERS), 100);
  expect(finder.ofTrigger('g1', 't1').doubt).toBeNull();
  expect(finder.ofTrigger('g0', 't0').doubt).toBe('it is too much');
  expect(finder.ofTrigger('g2', 't2').doubt).toBe('it is too much');
});

it('stands in for functions that a forged file names, but not for any number of them', () => {
  const calls = Array.from({ length: 150 }, (_, n) => `f${n}()`);
  const db = database(`CREATE TABLE t (a); CREATE VIEW v AS SELECT ${calls.join(', ')}, a FROM t;
    CREATE VIEW w AS SELECT ${calls.slice(0, 50).join(', ')}, a FROM t; CREATE VIEW x AS SELECT "${'é'.repeat(200)}"() FROM t`);
  const finder = new UsesFinder(db, new Set());
  expect(finder.ofView('w')).toMatchObject({ names: new Set(['w', 't']), doubt: null });
  expect(finder.ofView('v').doubt).toBe('no such function: f100');
  expect(finder.ofView('x').doubt).toMatch(/^no such function: é/);
});
