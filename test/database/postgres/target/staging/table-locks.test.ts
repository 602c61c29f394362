import { beforeEach, describe, expect, it } from 'vitest';
import type { Statement } from '../../../../../src/database/engine.ts';
import { type Locks, TableLocks } from '../../../../../src/database/postgres/target/staging/table-locks.ts';
import { statement } from '../../target-bench.ts';

let objects = 0;

function make(
  kind: string,
  name: string,
  sql: string,
  about: Partial<NonNullable<Statement['about']>> = {},
): Statement & { readonly object: number } {
  objects += 1;
  return {
    ...statement(sql, kind, name),
    object: objects,
    about: { kind, schema: 'public', name, table: null, needs: [], partOf: [], comesWith: [], ...about },
  };
}

const tableOf = (name: string, about = {}) => make('TABLE', name, `CREATE TABLE public.${name} ();`, about);
const indexOf = (table: string, sql = 'CREATE INDEX') =>
  make('INDEX', `${table}_index`, `${sql} ${table}_index ON public.${table} (id);`, { table });
const keyOf = (table: string) =>
  make('CONSTRAINT', `${table}_pkey`, `ALTER TABLE ONLY public.${table} ADD PRIMARY KEY (id);`, { table });
const foreignKeyOf = (table: string, partOf: number[], sql = 'ALTER TABLE ONLY') =>
  make('FK CONSTRAINT', `${table}_fkey`, `${sql} public.${table} ADD FOREIGN KEY (id) REFERENCES public.t;`, {
    table,
    partOf,
  });

describe('what statements lock', () => {
  let locks: TableLocks;
  beforeEach(() => {
    objects = 0;
    locks = new TableLocks();
  });
  const noted = <One extends Statement>(one: One): One => {
    locks.note(one);
    return one;
  };
  const collide = (one: Statement, other: Statement): boolean => {
    const [left, right] = [one, other].map((each) => locks.locksOf(each)) as [Locks, Locks];
    return [...left].some(([key, mode]) => {
      const theirs = right.get(key);
      return theirs !== undefined && (mode === 'exclusive' || theirs === 'exclusive');
    });
  };

  it('lets indexes of a table be made side by side, and keys of different tables', () => {
    for (const name of ['t', 'u']) noted(tableOf(name));
    expect(collide(indexOf('t'), indexOf('t', 'CREATE UNIQUE INDEX'))).toBe(false);
    expect(collide(keyOf('t'), keyOf('u'))).toBe(false);
    expect(collide(keyOf('t'), indexOf('t'))).toBe(true);
    expect(collide(keyOf('t'), keyOf('t'))).toBe(true);
  });

  it('holds a foreign key back from all that is about either table, and from no other', () => {
    const [t, u] = [noted(tableOf('t')), noted(tableOf('u'))];
    noted(tableOf('v'));
    const foreignKey = foreignKeyOf('u', [u.object, t.object]);
    for (const name of ['t', 'u']) {
      expect(collide(foreignKey, keyOf(name))).toBe(true);
      expect(collide(foreignKey, indexOf(name))).toBe(true);
    }
    expect(collide(foreignKey, keyOf('v'))).toBe(false);
  });

  it('counts partitions and heirs as the tables that they belong to for a foreign key', () => {
    const whole = noted(tableOf('t'));
    const part = noted(tableOf('part'));
    const u = noted(tableOf('u'));
    noted(make('TABLE ATTACH', 'part', 'ALTER TABLE …', { partOf: [whole.object, part.object] }));
    noted(tableOf('heir', { needs: [whole.object] }));
    const foreignKey = foreignKeyOf('u', [u.object, whole.object]);
    expect(collide(foreignKey, keyOf('part'))).toBe(true);
    expect(collide(foreignKey, indexOf('heir'))).toBe(true);
    expect(collide(keyOf('part'), keyOf('t'))).toBe(false);
  });

  it('has what it does not know run alone', () => {
    const t = noted(tableOf('t'));
    const alone: Statement[] = [
      make('TRIGGER', 'trigger', 'CREATE TRIGGER …', { table: 't' }),
      make('INDEX', 'i', 'CREATE INDEX i ON public.unknown (id);', { table: 'unknown' }),
      make('INDEX', 'i', 'DROP TABLE public.t;', { table: 't' }),
      make('CONSTRAINT', 'c', 'ALTER TABLE public.t ADD CONSTRAINT c UNIQUE (id);', { table: 't' }),
      foreignKeyOf('t', []),
      foreignKeyOf('t', [t.object, 99]),
      foreignKeyOf('t', [t.object], 'ALTER TABLE'),
      statement('CREATE INDEX i ON public.t (id);', 'INDEX', 'i'),
    ];
    expect(alone.map((one) => locks.locksOf(one))).toEqual(alone.map(() => null));
  });
});
