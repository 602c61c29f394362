import { readdirSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Problem } from '../../../src/core/problem.ts';
import type { TargetOptions } from '../../../src/database/engine.ts';
import { findPostgresTools, pgDump } from '../../servers/postgres-tools.ts';
import { installedPostgresVersions, type PostgresServer, startPostgres } from '../../servers/postgres.ts';
import { recordingReporter } from '../../support/recording-reporter.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { runTool } from '../../support/tools.ts';
import { copyAll, openReplacing, openSource } from './copy-all.ts';

const SOURCE = 'versions_source';
const TARGET = 'versions_target';
const SCHEMAS = join(import.meta.dirname, 'schemas');
const VERSIONS = installedPostgresVersions();
const OLDEST = VERSIONS[0] as number;
const NEWEST = VERSIONS.at(-1) as number;
const tools = await findPostgresTools();
if (tools.reason !== undefined) console.warn(`Restores between versions are not tested: ${tools.reason}`);
if (OLDEST === NEWEST) console.warn(`Restores between versions are not tested: there is only ${NEWEST}`);

/** The schema files whose kinds of objects change most from version to version. */
const SUBJECTS = /^(?:code|expressions|inheritance|tables)(?:-(\d+))?\.sql$/;

/** Where pg_dump and psql do not bring back what there was, though Holdfast does, each with what makes both alike. */
const DRIFTS: readonly { why: string; from: RegExp; to: string }[] = [
  {
    why: 'a list of varchar becomes one of casts, which reads the same',
    from: /\(('(?:[^']|'')*'::character varying(?:\(\d+\))?)\)::text/g,
    to: '$1',
  },
  {
    why: 'the same, as it was',
    from: /\((ARRAY\['(?:[^']|'')*'::character varying[^\]]*\])\)::text\[\]/g,
    to: '$1',
  },
];

/** Statements of pg_dump that servers refuse, which Holdfast's restore does not need: each with the reason. */
const REFUSALS: readonly { why: string; error: RegExp }[] = [
  {
    why: 'a setting that is a list is written without its quotes',
    error: /syntax error at or near "enable_seqscan"/,
  },
  {
    why: 'a view that reads itself, and functions that call themselves',
    error: /(?:relation "code\.itself"|function code\.(?:no_path|recursive)\(integer\)) does not exist/,
  },
  {
    why: 'materialized views are refreshed in the order of their names, and read what a policy protects',
    error: /materialized view "z_base" has not been populated|row-level security policy for table "customer"/,
  },
  {
    why: 'a column has other defaults in two parents',
    error: /column "x" inherits conflicting default values|relation "t\.torn" does not exist/,
  },
  {
    why: 'a partitioned table is written as UNLOGGED',
    error: /partitioned tables cannot be unlogged|relation "t\.unlogged_parts(?:_big_seq)?" does not exist/,
  },
  {
    why: 'marks of CYCLE are written as no server takes them',
    error: /syntax error at or near "::"|relation "x\.(?:breadth|stored)" does not exist/,
  },
  {
    why: 'the index of a constraint is attached before its options are alike',
    error: /cannot attach index "Odd 'name'" as a partition of index "booked_parts_room_during_excl"/,
  },
];

/** Lines by which a copy of pg_dump's differs from one of Holdfast's, each with the reason. */
const DIFFERENCES: readonly { why: string; lines: RegExp }[] = [
  {
    why: 'public stays with the owner that the newer server gives it; pg_dump gives it to the role of the older one',
    lines: /^[-+] (?:ALTER SCHEMA public OWNER|-- Name: (?:SCHEMA )?public;|-- \*not\* creating schema)/,
  },
  {
    why: 'pg_dump takes it that PUBLIC had no CREATE on public, and leaves it what the target gives',
    lines: /^- GRANT CREATE ON SCHEMA public TO PUBLIC;/,
  },
  {
    why: 'pg_dump takes it that 16 has MAINTAIN already, so that what is all there is not all',
    lines:
      /^[-+] (?:ALTER DEFAULT PRIVILEGES .*)?GRANT (?:SELECT(?:,MAINTAIN)?|SELECT,INSERT,REFERENCES,TRIGGER,(?:MAINTAIN,)?UPDATE|SELECT,INSERT,REFERENCES,DELETE,TRIGGER,TRUNCATE,UPDATE|ALL) ON TABLES? /,
  },
  {
    why: 'pg_dump writes marks of CYCLE that no server takes, and what needs them is missing',
    lines: /^\+ -- Name: (?:breadth|stored); /,
  },
  {
    why: 'pg_dump writes UNLOGGED for a partitioned table, which is missing then, and its partition alone',
    lines: /^[-+] .*\b(?:un)?logged_part/,
  },
  {
    why: 'an extension whose comment was taken away has none',
    lines: /^- (?:COMMENT ON EXTENSION|-- Name: EXTENSION )/,
  },
  {
    why: 'pg_dump shows VALUES with renamed columns in another way after each restore',
    lines: /^[-+] {4}FROM \( ?VALUES \(/,
  },
  {
    why: 'statements of pg_dump that the server refuses: tables torn between parents, loops, a search_path without schemas, refreshes that read protected rows',
    lines:
      /^\+ .*(?:\bt\.torn\b|says_one|Name: torn|\bcode\.(?:itself|no_path|recursive|z_base|a_top|a_counted)\b|Name: (?:itself|no_path|recursive|z_base|a_top|a_counted)|work_mem|SET search_path TO|enable_seqscan|booked_parts_room|Odd 'name')/,
  },
];

/** What a column or constraint of a table is by its name, the order of columns, and the parents, alike in all versions. */
const STRUCTURE = `
  SELECT format('column %s of %s: %s, %s, %s', a.attname, a.attrelid::regclass,
    row_number() OVER (PARTITION BY a.attrelid ORDER BY a.attnum), a.attislocal, a.attinhcount) AS line
  FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = a.attrelid
  WHERE c.oid >= 16384 AND c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped
  UNION ALL SELECT format('constraint %s of %s: %s, %s, %s', conname, conrelid::regclass, conislocal, coninhcount, convalidated)
  FROM pg_constraint WHERE conrelid >= 16384 AND contype = 'c'
  UNION ALL SELECT format('parent %s of %s: %s', inhparent::regclass, inhrelid::regclass,
    row_number() OVER (PARTITION BY inhrelid ORDER BY inhseqno))
  FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid WHERE relkind IN ('r', 'p')
  ORDER BY 1`;

describe.skipIf(tools.reason !== undefined || OLDEST === NEWEST)('between versions', () => {
  const servers = new Map<number, PostgresServer>();
  const serverOf = (version: number): PostgresServer => servers.get(version) as PostgresServer;
  beforeAll(async () => {
    for (const version of VERSIONS) servers.set(version, await startPostgres({ version }));
  }, 300_000);
  afterAll(() => Promise.all([...servers.values()].map((server) => server.stop())));
  afterEach(async () => {
    for (const server of servers.values()) {
      await server.dropDatabase(TARGET);
      await server.dropDatabase(SOURCE);
    }
  });

  it.each(upgrades())('restores %s of %s into %s', { timeout: 180_000 }, expectRestored);
  it.each(downgrades())('restores %s of %s into %s, which is older', { timeout: 180_000 }, expectRestored);

  async function expectRestored(name: string, from: number, to: number): Promise<void> {
    const [source, target] = [serverOf(from), serverOf(to)];
    await source.createDatabase(SOURCE);
    await source.query(SOURCE, await readFile(join(SCHEMAS, name), 'utf8'));
    expect(await restore(source, target)).toEqual([]);
    expect(await target.query(TARGET, STRUCTURE)).toEqual(await source.query(SOURCE, STRUCTURE));
    // pg_dump makes the columns of such tables in another order.
    if (name.startsWith('inheritance')) return;
    const ours = await pgDump(target, TARGET);
    await target.dropDatabase(TARGET);
    expect(await restoreByPsql(source, target)).toEqual([]);
    expect(differences(await pgDump(target, TARGET), ours)).toEqual([]);
  }

  it('refuses an older server with the names of what it lacks', { timeout: 120_000 }, async () => {
    const source = serverOf(NEWEST);
    await source.createDatabase(SOURCE);
    const known = NEWER.filter(({ since }) => since <= NEWEST);
    await source.query(
      SOURCE,
      `CREATE ROLE other; CREATE TABLE base (id integer PRIMARY KEY, j jsonb);
      ${known.map(({ sql }) => `${sql};`).join('\n')}`,
    );
    for (const version of VERSIONS.filter((older) => older < NEWEST)) {
      const told = (await restore(source, serverOf(version))).map(({ message }) => message);
      await serverOf(version).dropDatabase(TARGET);
      const expected = known.filter(({ since }) => since > version);
      for (const { what } of expected)
        expect([version, what, told.some((message) => message.includes(what))]).toEqual([
          version,
          what,
          true,
        ]);
      for (const { what } of known.filter(({ since }) => since <= version)) {
        expect([version, what, told.some((message) => message.includes(what))]).toEqual([
          version,
          what,
          false,
        ]);
      }
    }
  });

  it(
    'takes grants that an older server lacks as no reason without privileges',
    { timeout: 60_000 },
    async () => {
      const [source, target] = [serverOf(NEWEST), serverOf(OLDEST)];
      await source.createDatabase(SOURCE);
      await source.query(SOURCE, 'CREATE TABLE granted (); GRANT MAINTAIN ON granted TO PUBLIC');
      expect(await restore(source, target)).toHaveLength(1);
      await target.dropDatabase(TARGET);
      expect(await restore(source, target, { noPrivileges: true })).toEqual([]);
    },
  );

  it('tells that an older server lets everyone create in schema public', { timeout: 60_000 }, async () => {
    const [source, target] = [serverOf(NEWEST), serverOf(OLDEST)];
    await source.createDatabase(SOURCE);
    const reporter = recordingReporter();
    expect(await restore(source, target, { reporter })).toEqual([]);
    expect(reporter.warnings.filter((warning) => warning.includes('schema public'))).toEqual(
      NEWEST >= 15 && OLDEST < 15
        ? [expect.stringContaining('REVOKE CREATE ON SCHEMA public FROM PUBLIC')]
        : [],
    );
  });

  it('names what a newer server no longer has', { timeout: 60_000 }, async () => {
    const [source, target] = [serverOf(OLDEST), serverOf(NEWEST)];
    await source.createDatabase(SOURCE);
    await source.query(SOURCE, 'CREATE VIEW stopped AS SELECT pg_is_in_backup()');
    const told = (await restore(source, target)).map(({ message }) => message);
    expect(told).toEqual(
      OLDEST < 15 && NEWEST >= 15 ? [expect.stringContaining('function pg_is_in_backup/0')] : [],
    );
  });

  it('refuses an older server for archives that do not tell what they use', { timeout: 60_000 }, async () => {
    const target = serverOf(OLDEST);
    await target.createDatabase(TARGET);
    await serverOf(NEWEST).createDatabase(SOURCE);
    const source = await openSource(serverOf(NEWEST).url(SOURCE));
    const opened = await openReplacing(target.url(TARGET), { replace: false });
    try {
      const requires = source.facts['requires'] as { demands: Record<string, unknown> };
      const { newer: _, ...demands } = requires.demands;
      const facts = { ...source.facts, requires: { ...requires, demands } };
      expect(await opened.preflight(source.facts)).toEqual([]);
      expect((await opened.preflight(facts)).map(({ hint }) => hint)).toEqual([
        expect.stringContaining(`${NEWEST} or newer`),
      ]);
    } finally {
      await source.close();
      await opened.close();
    }
  });
});

/** What versions brought, each in a statement with the words by which preflight names it. */
const NEWER: readonly { since: number; sql: string; what: string }[] = [
  { since: 14, sql: 'CREATE TYPE span AS RANGE (SUBTYPE = time)', what: 'multirange type: public.span' },
  { since: 14, sql: 'CREATE TABLE many (m int4multirange)', what: 'type int4multirange' },
  {
    since: 14,
    sql: 'CREATE TABLE packed (a text COMPRESSION pglz)',
    what: 'compression methods of columns: public.packed.a',
  },
  { since: 14, sql: 'CREATE FUNCTION body() RETURNS integer RETURN 1', what: 'standard SQL: public.body' },
  {
    since: 14,
    sql: 'CREATE PROCEDURE outs(OUT a integer) LANGUAGE sql AS $$SELECT 1$$',
    what: 'OUT arguments: public.outs',
  },
  {
    since: 14,
    sql: 'CREATE STATISTICS stat ON (id + 1) FROM base',
    what: 'statistics on expressions: public.stat',
  },
  {
    since: 14,
    sql: `CREATE VIEW subscript AS SELECT j['a'] FROM base`,
    what: 'subscripts of jsonb: public.subscript',
  },
  {
    since: 14,
    sql: `CREATE VIEW bin AS SELECT date_bin('1 day', now(), now())`,
    what: 'function date_bin/3',
  },
  {
    since: 14,
    sql: 'CREATE INDEX bloom ON base USING brin (id int4_bloom_ops)',
    what: 'operator class brin/int4_bloom_ops',
  },
  {
    since: 15,
    sql: 'CREATE UNIQUE INDEX alike ON base (j) NULLS NOT DISTINCT',
    what: 'NULLS NOT DISTINCT: public.alike',
  },
  {
    since: 15,
    sql: 'CREATE VIEW invoker WITH (security_invoker) AS SELECT id FROM base',
    what: 'security_invoker: public.invoker',
  },
  { since: 15, sql: 'CREATE UNLOGGED SEQUENCE fast', what: 'unlogged sequences: public.fast' },
  { since: 15, sql: 'CREATE TABLE scaled (a numeric(2, -3))', what: 'public.scaled.a' },
  {
    since: 15,
    sql: 'CREATE PUBLICATION rows FOR TABLE base WHERE (id > 1)',
    what: 'row filters or column lists: rows',
  },
  {
    since: 15,
    sql: 'CREATE FUNCTION merges() RETURNS void BEGIN ATOMIC MERGE INTO base USING base b ON false WHEN NOT MATCHED THEN DO NOTHING; END',
    what: 'MERGE: public.merges',
  },
  {
    since: 16,
    sql: `CREATE VIEW made AS SELECT JSON_ARRAY(id) AS a FROM base`,
    what: 'JSON constructors and IS JSON: public.made',
  },
  {
    since: 16,
    sql: `CREATE COLLATION ruled (provider = icu, locale = 'und', rules = '&a < g')`,
    what: 'ICU rules: public.ruled',
  },
  { since: 16, sql: 'CREATE VIEW anyone AS SELECT any_value(id) FROM base', what: 'function any_value/1' },
  {
    since: 17,
    sql: `CREATE VIEW queried AS SELECT JSON_VALUE(j, '$.a') FROM base`,
    what: 'SQL/JSON query functions: public.queried',
  },
  {
    since: 17,
    sql: 'CREATE TABLE parts (id bigint GENERATED ALWAYS AS IDENTITY) PARTITION BY LIST (id); CREATE TABLE part PARTITION OF parts DEFAULT',
    what: 'identity columns of partitions: public.part.id',
  },
  { since: 17, sql: 'GRANT MAINTAIN ON base TO other', what: 'MAINTAIN: public.base' },
  {
    since: 18,
    sql: 'CREATE TABLE virtual (a integer, b integer GENERATED ALWAYS AS (a + 1))',
    what: 'virtual generated columns: public.virtual.b',
  },
  {
    since: 18,
    sql: 'CREATE TABLE loose (a integer CONSTRAINT unenforced CHECK (a > 0) NOT ENFORCED)',
    what: 'NOT ENFORCED: public.unenforced on loose',
  },
  {
    since: 18,
    sql: 'CREATE TABLE alone (a integer CONSTRAINT here NOT NULL NO INHERIT)',
    what: 'public.here on alone',
  },
  {
    since: 18,
    sql: 'CREATE TABLE over (during daterange, id int4range, PRIMARY KEY (id, during WITHOUT OVERLAPS))',
    what: 'keys over periods: public.over_pkey on over',
  },
  {
    since: 18,
    sql: 'CREATE TABLE plain (a integer); INSERT INTO plain VALUES (NULL); ALTER TABLE plain ADD CONSTRAINT given NOT NULL a NOT VALID',
    what: 'public.given on plain',
  },
];

/** Restores the database SOURCE as TARGET, unless preflight finds problems. */
async function restore(
  from: PostgresServer,
  to: PostgresServer,
  options: Partial<Pick<TargetOptions, 'noPrivileges' | 'reporter'>> = {},
): Promise<readonly Problem[]> {
  await copyRoles(from, to);
  await to.createDatabase(TARGET);
  const source = await openSource(from.url(SOURCE));
  const target = await openReplacing(to.url(TARGET), { replace: false, ...options });
  try {
    const problems = await target.preflight(source.facts);
    if (problems.length > 0) return problems;
    await copyAll(source, target);
    await target.commit();
    return [];
  } finally {
    await source.close();
    await target.close();
  }
}

/** Goes on after errors, and lists those that are not among REFUSALS. */
async function restoreByPsql(from: PostgresServer, to: PostgresServer): Promise<string[]> {
  if (tools.reason !== undefined) return [];
  await to.createDatabase(TARGET);
  const script = join(await temporaryFolder(), 'dump.sql');
  // pg_dump sets transaction_timeout, which servers have since 17.
  const sql = (await pgDump(from, SOURCE)).replace('SET transaction_timeout = 0;\n', '');
  await writeFile(script, sql);
  const args = [
    '--no-psqlrc',
    '--quiet',

    '--dbname',
    to.url(TARGET),
    '--file',
    script,
  ];
  const { stderr } = await runTool(tools.value.psql, args);
  const errors = stderr.split('\n').filter((line) => line.includes('ERROR:'));
  return errors.filter((line) => !REFUSALS.some(({ error }) => error.test(line)));
}

async function copyRoles(from: PostgresServer, to: PostgresServer): Promise<void> {
  const sql = 'SELECT quote_ident(rolname) AS role FROM pg_roles WHERE oid >= 16384';
  const there = new Set((await to.query<{ role: string }>('postgres', sql)).map(({ role }) => role));
  for (const { role } of await from.query<{ role: string }>('postgres', sql)) {
    if (!there.has(role)) await to.query('postgres', `CREATE ROLE ${role}`);
  }
}

/**
 * The lines that an entry of one of two dumps has and the other's has not, or has less often; of an entry that only one
 * has its heading. Both dumps are of the same server, so its version makes no difference.
 */
function differences(theirs: string, ours: string): string[] {
  const [before, after] = [entries(theirs), entries(ours)];
  const found: string[] = [];
  for (const heading of new Set([...before.keys(), ...after.keys()])) {
    const [only, those] = [before.get(heading), after.get(heading)];
    if (only === undefined || those === undefined) found.push(`${only === undefined ? '+' : '-'} ${heading}`);
    else found.push(...differentLines(only, those));
  }
  return found.filter((line) => !DIFFERENCES.some(({ lines }) => lines.test(line)));
}

/** What a dump holds by its headings, `-- Name: t; Type: TABLE; …`. */
function entries(dump: string): Map<string, string[]> {
  const found = new Map<string, string[]>();
  const alike = DRIFTS.reduce((text, { from, to }) => text.replaceAll(from, to), dump);
  for (const entry of alike.split(/\n--\n(?=-- (?:Name|Data for Name): )/)) {
    const [heading = '', ...lines] = entry.split('\n');
    found.set(heading, [...(found.get(heading) ?? []), ...lines]);
  }
  return found;
}

function differentLines(theirs: readonly string[], ours: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const line of theirs) counts.set(line, (counts.get(line) ?? 0) - 1);
  for (const line of ours) counts.set(line, (counts.get(line) ?? 0) + 1);
  return [...counts]
    .filter(([line, count]) => count !== 0 && line !== '')
    .map(([line, count]) => `${count < 0 ? '-' : '+'} ${line}`);
}

/** The schema files for all versions and each version's own, into the newest. */
function upgrades(): [name: string, from: number, to: number][] {
  const names = readdirSync(SCHEMAS).toSorted();
  return VERSIONS.filter((from) => from < NEWEST).flatMap((from) => {
    const own = names.filter((name) => {
      const subject = SUBJECTS.exec(name);
      return subject !== null && (subject[1] === undefined || Number(subject[1]) === from);
    });
    return own.map((name): [string, number, number] => [name, from, NEWEST]);
  });
}

/** What uses nothing that came after the oldest version, from the newest into each older one. */
function downgrades(): [name: string, from: number, to: number][] {
  return VERSIONS.slice(0, -1).flatMap((to) => [
    ['expressions.sql', NEWEST, to],
    ['inheritance.sql', NEWEST, to],
  ]);
}
