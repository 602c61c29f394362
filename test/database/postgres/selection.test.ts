import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isRelation, type LinkedObject, selectObjects } from '../../../src/core/selection.ts';
import { type DatabaseSource, SETTING_KIND, type Statement } from '../../../src/database/engine.ts';
import { openSource } from '../../../src/database/postgres/source/source.ts';
import { narrowFacts } from '../../../src/database/postgres/target/narrow-facts.ts';
import { openTarget } from '../../../src/database/postgres/target/target.ts';
import { type PostgresServer, startPostgres } from '../../servers/postgres.ts';
import { sourceOptions, targetOptions } from '../../support/engine-options.ts';
import { copyAll } from './copy-all.ts';

const VERSIONS = [13, 18] as const;

/** A base type, whose sorts and comparisons are by classes of operators alone; all in schema `number`. */
const NUMBER = `
  CREATE SCHEMA number;
  CREATE TYPE number.n;
  CREATE FUNCTION number.n_in(cstring) RETURNS number.n LANGUAGE internal STRICT IMMUTABLE AS 'int4in';
  CREATE FUNCTION number.n_out(number.n) RETURNS cstring LANGUAGE internal STRICT IMMUTABLE AS 'int4out';
  CREATE TYPE number.n (INPUT = number.n_in, OUTPUT = number.n_out, LIKE = integer);
  CREATE CAST (number.n AS integer) WITHOUT FUNCTION AS IMPLICIT;
  CREATE FUNCTION number.lt(number.n, number.n) RETURNS boolean LANGUAGE internal STRICT IMMUTABLE AS 'int4lt';
  CREATE FUNCTION number.le(number.n, number.n) RETURNS boolean LANGUAGE internal STRICT IMMUTABLE AS 'int4le';
  CREATE FUNCTION number.eq(number.n, number.n) RETURNS boolean LANGUAGE internal STRICT IMMUTABLE AS 'int4eq';
  CREATE FUNCTION number.ge(number.n, number.n) RETURNS boolean LANGUAGE internal STRICT IMMUTABLE AS 'int4ge';
  CREATE FUNCTION number.gt(number.n, number.n) RETURNS boolean LANGUAGE internal STRICT IMMUTABLE AS 'int4gt';
  CREATE FUNCTION number.cmp(number.n, number.n) RETURNS integer LANGUAGE internal STRICT IMMUTABLE AS 'btint4cmp';
  CREATE OPERATOR number.< (FUNCTION = number.lt, LEFTARG = number.n, RIGHTARG = number.n, COMMUTATOR = OPERATOR(number.>));
  CREATE OPERATOR number.<= (FUNCTION = number.le, LEFTARG = number.n, RIGHTARG = number.n);
  CREATE OPERATOR number.= (FUNCTION = number.eq, LEFTARG = number.n, RIGHTARG = number.n, COMMUTATOR = OPERATOR(number.=), MERGES);
  CREATE OPERATOR number.>= (FUNCTION = number.ge, LEFTARG = number.n, RIGHTARG = number.n);
  CREATE OPERATOR number.> (FUNCTION = number.gt, LEFTARG = number.n, RIGHTARG = number.n, COMMUTATOR = OPERATOR(number.<));
  CREATE OPERATOR CLASS number.up DEFAULT FOR TYPE number.n USING btree AS OPERATOR 1 number.<, OPERATOR 2 number.<=,
    OPERATOR 3 number.=, OPERATOR 4 number.>=, OPERATOR 5 number.>, FUNCTION 1 number.cmp(number.n, number.n);
  CREATE FUNCTION number.mixed_eq(bigint, number.n) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1 = $2::integer';
  CREATE FUNCTION number.mixed_eq(number.n, bigint) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1::integer = $2';
  CREATE OPERATOR number.= (FUNCTION = number.mixed_eq, LEFTARG = bigint, RIGHTARG = number.n, COMMUTATOR = OPERATOR(number.=));
  CREATE OPERATOR number.= (FUNCTION = number.mixed_eq, LEFTARG = number.n, RIGHTARG = bigint, COMMUTATOR = OPERATOR(number.=));
  CREATE FUNCTION number.cmp(number.n, bigint) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT 0';
  CREATE FUNCTION number.cmp(bigint, number.n) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT 0';
  ALTER OPERATOR FAMILY number.up USING btree ADD OPERATOR 3 number.= (number.n, bigint), OPERATOR 3 number.= (bigint, number.n), OPERATOR 3 = (bigint, bigint),
    FUNCTION 1 number.cmp(number.n, bigint), FUNCTION 1 number.cmp(bigint, number.n);
  CREATE VIEW number.sorted AS SELECT x FROM (VALUES ('2'::number.n), ('1')) AS v(x) ORDER BY x;
  CREATE TABLE number.listed (x number.n[]);
  CREATE INDEX ON number.listed (x);
  INSERT INTO number.listed VALUES ('{1,2}'), ('{0}');
  CREATE TABLE number.referred (x number.n PRIMARY KEY);
  CREATE TABLE number.referring (y bigint REFERENCES number.referred);`;

const SOURCE = `
  CREATE TYPE public.mood AS ENUM ('sad', 'ok');
  CREATE TYPE public.other AS ENUM ('x');
  CREATE FUNCTION public.as_int(public.mood) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT 1';
  CREATE CAST (public.mood AS integer) WITH FUNCTION public.as_int(public.mood) AS ASSIGNMENT;
  CREATE FUNCTION public.as_bool(public.mood) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT true';
  CREATE CAST (public.mood AS boolean) WITH FUNCTION public.as_bool(public.mood);
  CREATE CAST (public.mood AS public.other) WITH INOUT AS IMPLICIT;
  CREATE TABLE public.felt (m public.mood, n integer GENERATED ALWAYS AS (m) STORED);
  CREATE TABLE public.both (o public.other DEFAULT 'ok'::public.mood);
  CREATE CAST (character varying AS integer) WITH INOUT AS IMPLICIT;
  CREATE TABLE public.parsed (t character varying, n integer GENERATED ALWAYS AS (t) STORED);
  CREATE TABLE public.plain (x integer);
  CREATE SCHEMA a_first;
  CREATE SCHEMA z_last;
  CREATE FUNCTION z_last.same(public.mood, integer) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT true';
  CREATE FUNCTION a_first.same(integer, public.mood) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT true';
  CREATE FUNCTION a_first.not_same(public.mood, integer) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT false';
  CREATE OPERATOR z_last.== (FUNCTION = z_last.same, LEFTARG = public.mood, RIGHTARG = integer,
    COMMUTATOR = OPERATOR(a_first.==), NEGATOR = OPERATOR(a_first.<>));
  CREATE OPERATOR a_first.== (FUNCTION = a_first.same, LEFTARG = integer, RIGHTARG = public.mood, COMMUTATOR = OPERATOR(z_last.==));
  CREATE OPERATOR a_first.<> (FUNCTION = a_first.not_same, LEFTARG = public.mood, RIGHTARG = integer, NEGATOR = OPERATOR(z_last.==));
  CREATE TABLE public.checked (m public.mood CHECK (m OPERATOR(z_last.==) 3));
  ${NUMBER}`;

/** Relations, with what must come with them. */
const CASES = [
  {
    tables: ['felt'],
    casts: ['(public.mood AS integer)'],
    needed: ['function public.as_int(public.mood)', 'type public.mood'],
  },
  {
    tables: ['both'],
    casts: ['(public.mood AS public.other)'],
    needed: ['type public.mood', 'type public.other'],
  },
  { tables: ['parsed'], casts: ['(character varying AS integer)'], needed: [] },
  { tables: ['plain'], casts: [], needed: [] },
  {
    tables: ['checked'],
    casts: [],
    needed: [
      'function a_first.not_same(public.mood, integer)',
      'function a_first.same(integer, public.mood)',
      'function z_last.same(public.mood, integer)',
      'operator a_first.<>(public.mood, integer)',
      'operator a_first.==(integer, public.mood)',
      'operator z_last.==(public.mood, integer)',
      'schema a_first',
      'schema z_last',
      'type public.mood',
    ],
  },
  { tables: ['sorted'], casts: ['(number.n AS integer)'] },
  { tables: ['listed'], casts: ['(number.n AS integer)'] },
  { tables: ['referred', 'referring'], casts: ['(number.n AS integer)'] },
];

describe.each(VERSIONS)('a selection of tables, in server %i', (version) => {
  let server: PostgresServer;
  let count = 0;
  beforeAll(async () => {
    server = await startPostgres({ version });
    await server.createDatabase('app');
    await server.query('app', SOURCE);
  }, 120_000);
  afterAll(() => server?.stop());

  it.each(CASES)(
    'takes what $tables need that pg_depend does not tell',
    async ({ tables, casts, needed }) => {
      const selectTable = (_schema: string, name: string) => tables.includes(name);
      const selected = await openSource(sourceOptions(server.url('app'), { selectTable }));
      const state = await stateAfter(selected);
      expect(state.casts).toEqual(casts);
      expect(state.shells).toEqual([]);
      if (needed !== undefined) expect(selected.selection?.needed).toEqual(needed);
      expect(selected.selection?.leftOut).toEqual([]);
      const whole = await openSource(sourceOptions(server.url('app')));
      expect(await stateAfter(partOf(whole, tables))).toEqual(state);
    },
  );

  it('asks of the target the extensions and superuser that are needed by it alone', async () => {
    await server.createDatabase('extended');
    await server.query(
      'extended',
      `CREATE SCHEMA ext; CREATE EXTENSION citext SCHEMA ext; CREATE TABLE a (x ext.citext); CREATE TABLE b (y int);
      ${NUMBER}`,
    );
    const whole = await openSource(sourceOptions(server.url('extended')));
    const demandsOf = async (table: string) => {
      const { preData, postData } = partOf(whole, [table]);
      const { requires } = await narrowFacts(whole.facts, listed([...preData, ...postData]));
      return requires?.demands;
    };
    expect(await demandsOf('b')).toMatchObject({ extensionMembers: [], superuser: [] });
    expect((await demandsOf('a'))?.extensionMembers).toMatchObject([
      { extension: 'citext', used: ['type ext.citext'] },
    ]);
    expect((await demandsOf('sorted'))?.superuser.map(({ what }) => what)).toContain(
      'casts without a function',
    );
    await whole.close();
  });

  /** What a restore of it makes, of what tables do not name. */
  async function stateAfter(
    source: DatabaseSource,
  ): Promise<Record<'casts' | 'shells' | 'classes', string[]>> {
    const restored = `restored_${++count}`;
    await server.createDatabase(restored);
    const target = await openTarget(targetOptions(server.url(restored)));
    try {
      await copyAll(source, target);
      await target.commit();
    } finally {
      await target.close();
      await source.close();
    }
    const names = async (sql: string): Promise<string[]> =>
      (await server.query<{ name: string }>(restored, sql)).map(({ name }) => name);
    return {
      casts:
        await names(`SELECT identity AS name FROM pg_cast AS c, pg_identify_object('pg_cast'::regclass, c.oid, 0)
        WHERE c.oid >= 16384 ORDER BY 1`),
      shells: await names(`SELECT oprname::text AS name FROM pg_operator WHERE oprcode = 0`),
      classes: await names(`SELECT opcname::text AS name FROM pg_opclass WHERE oid >= 16384`),
    };
  }
});

/** What a restore of some tables takes out of a whole archive. */
function partOf(whole: DatabaseSource, tables: readonly string[]): DatabaseSource {
  const objects = new Map<number, LinkedObject<number>>();
  for (const { object, about } of [...whole.preData, ...whole.postData]) {
    if (object === undefined || about === undefined) continue;
    const { needs = [], partOf: wholes = [], comesWith = [], ...facts } = about;
    objects.set(object, { id: object, ...facts, needs, partOf: wholes, comesWith });
  }
  const roots = [...objects.values()].filter(({ kind, name }) => isRelation(kind) && tables.includes(name));
  const { chosen } = selectObjects(objects, new Set(roots.map(({ id }) => id)));
  const isChosen = ({ object }: { object?: number }) => object !== undefined && chosen.has(object);
  const chosenOf = (statements: readonly Statement[]) =>
    statements.filter((statement) => statement.kind === SETTING_KIND || isChosen(statement));
  return {
    facts: whole.facts,
    selection: null,
    preData: chosenOf(whole.preData),
    postData: chosenOf(whole.postData),
    tables: whole.tables.filter(isChosen),
    parts: whole.parts.bind(whole),
    close: whole.close.bind(whole),
  } as unknown as DatabaseSource;
}

async function* listed(statements: readonly Statement[]): AsyncIterable<Statement> {
  yield* statements;
}
