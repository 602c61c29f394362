import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startPostgres, type PostgresServer } from '../servers/postgres.ts';
import { findPostgresTools, pgDump } from '../servers/postgres-tools.ts';
import { FILL_SAMPLE_EXTENSION, sampleExtension } from '../servers/sample-extension.ts';
import { runHoldfast, type HoldfastResult } from '../support/run-holdfast.ts';
import { folderOfFile } from '../support/temporary-folder.ts';

const KEY = '0123456789abcdef'.repeat(4);

let server: PostgresServer;
let cwd: string;
let count = 0;
const folder = folderOfFile();

beforeAll(async () => {
  server = await startPostgres({ extensions: sampleExtension() });
  cwd = await folder;
  await server.query(
    'postgres',
    'CREATE ROLE tables_owner; CREATE ROLE tables_reader; CREATE ROLE tables_unused',
  );
  await server.createDatabase('source');
  await server.query('source', await readFile(join(import.meta.dirname, 'tables.sql'), 'utf8'));
  await succeeded(backup('whole.zip'));
});
afterAll(() => server.stop());

function holdfast(...args: string[]): Promise<HoldfastResult> {
  return runHoldfast(args, { cwd });
}

function backup(archive: string, ...args: string[]): Promise<HoldfastResult> {
  return holdfast('backup', archive, '--database', server.url('source'), ...args);
}

/** Restores into a new database and returns its name. */
async function restored(archive: string, ...args: string[]): Promise<string> {
  const name = `restored_${++count}`;
  await server.createDatabase(name);
  await succeeded(holdfast('restore', archive, '--database', server.url(name), ...args));
  return name;
}

function selecting(patterns: readonly string[]): string[] {
  return patterns.flatMap((pattern) => ['--table', pattern]);
}

/** What a run that went well gave; any other is shown with what it said. */
async function succeeded(run: Promise<HoldfastResult>): Promise<HoldfastResult> {
  const result = await run;
  if (result.code !== 0) throw new Error(`exit ${result.code}: ${result.stderr}`);
  return result;
}

function summaryOf({ stderr }: HoldfastResult): Record<string, unknown> {
  return JSON.parse(stderr.trim().split('\n').at(-1) ?? '') as Record<string, unknown>;
}

/** What pg_dump -t never gives: schemas, types, functions, statistics objects. */
const BY_HAND = /^(CREATE (SCHEMA|TYPE|DOMAIN|FUNCTION|STATISTICS)|COMMENT ON SCHEMA|GRANT \w+ ON SCHEMA)/;

/** The statements of a schema as pg_dump has it, without its settings, those that are made by hand, and some more. */
async function statementsIn(
  database: string,
  without: RegExp,
  args: readonly string[] = [],
): Promise<string[]> {
  const dump = await pgDump(server, database, ['--schema-only', '--no-owner', ...args]);
  return dump
    .replaceAll(/^--.*\n/gm, '')
    .split(/;\n/)
    .map((statement) => statement.trim())
    .filter((statement) => !/^(SET|SELECT pg_catalog.set_config)/.test(statement) && !BY_HAND.test(statement))
    .filter((statement) => !without.test(statement))
    .toSorted();
}

/** The rows and the values of sequences. */
async function dataIn(database: string, args: readonly string[] = []): Promise<string[]> {
  const dump = await pgDump(server, database, ['--data-only', '--no-large-objects', ...args]);
  return dump
    .split('\n')
    .filter((line) => !line.startsWith('--'))
    .toSorted();
}

/** `expected`: the same by pg_dump, which pulls nothing in. */
const CASES = [
  {
    patterns: ['app.orders'],
    expected: ['-t', 'app.orders', '-t', 'app.orders_id_seq', '-t', 'app.numbers'],
    without: /orders_user_id_fkey|PUBLICATION/,
    needed: [
      'domain app.amount',
      'function app.fold(t text)',
      'function app.next_code()',
      'function app.touch()',
      'schema app',
      'sequence app.numbers',
      'type app.state',
    ],
    leftOut: [
      'foreign key orders_user_id_fkey of app.orders, which lacks table app.users',
      'place of app.orders in publication published, which lacks publication published',
    ],
  },
  {
    patterns: ['totals'],
    expected: [
      '-t',
      'app.totals',
      '-t',
      'app.orders',
      '-t',
      'app.orders_id_seq',
      '-t',
      'app.numbers',
      '-t',
      'app.users*',
    ],
    without: /PUBLICATION/,
    needed: [
      'domain app.amount',
      'function app.fold(t text)',
      'function app.next_code()',
      'function app.touch()',
      'schema app',
      'sequence app.numbers',
      'table app.orders',
      'table app.users',
      'type app.state',
    ],
    leftOut: ['place of app.orders in publication published, which lacks publication published'],
  },
  {
    patterns: ['audit.log'],
    expected: ['-t', 'audit.log*'],
    without: /never/,
    needed: ['schema audit'],
    leftOut: [],
  },
  {
    patterns: ['log_2026', 'DOGS'],
    expected: ['-t', 'audit.log_2026', '-t', 'app.dogs', '-t', 'app.animals'],
    without: /ATTACH PARTITION/,
    needed: ['schema app', 'schema audit', 'table app.animals'],
    leftOut: ['attachment of partition audit.log_2026, which lacks table audit.log'],
  },
  {
    patterns: ['animals', '"Odd.Name"', 'users_id_seq'],
    expected: ['-t', 'app.animals', '-t', '"Odd.Name"', '-t', 'lonely.*', '-t', 'app.users_id_seq'],
    without: /OWNED BY/,
    needed: ['schema app', 'schema lonely'],
    leftOut: ['ownership of sequence app.users_id_seq, which lacks table app.users'],
  },
  {
    patterns: ['cached'],
    expected: ['-t', 'app.cached', '-t', 'app.items'],
    without: /items_order_id_fkey/,
    needed: ['schema app', 'table app.items'],
    leftOut: ['foreign key items_order_id_fkey of app.items, which lacks table app.orders'],
  },
];

describe('--table', () => {
  it.each(CASES)(
    'brings $patterns from a selection and out of a whole archive alike',
    async ({ patterns, expected, without, needed, leftOut }) => {
      const archive = `selection_${++count}.zip`;
      const made = await succeeded(backup(archive, '--json', ...selecting(patterns)));
      const selection = {
        patterns,
        needed,
        neededCount: needed.length,
        leftOut,
        leftOutCount: leftOut.length,
      };
      expect(summaryOf(made)).toMatchObject({ complete: true, selection });
      for (const line of leftOut) expect(made.stderr).toContain(line);

      const database = await restored(archive);
      const target = await restored('whole.zip', ...selecting(patterns));
      const again = await restored(archive, ...selecting(patterns));
      const tools = await findPostgresTools(server.version);
      if (tools.reason !== undefined) return console.warn(`pg_dump is not compared: ${tools.reason}`);
      const dump = await pgDump(server, database);
      expect(await pgDump(server, target)).toBe(dump);
      expect(await pgDump(server, again)).toBe(dump);
      const there = await statementsIn('source', without, expected);
      expect(await statementsIn(database, /never/)).toEqual(there);
      expect(await dataIn(database)).toEqual(await dataIn('source', expected));
    },
  );

  it('takes a part of an encrypted archive', async () => {
    const env = { HOLDFAST_KEY: KEY, HOLDFAST_DATABASE: server.url('source') };
    await succeeded(runHoldfast(['backup', 'a.zip.crypt'], { cwd, env }));
    await server.createDatabase('decrypted');
    const to = {
      HOLDFAST_KEY: KEY,
      HOLDFAST_DATABASE: server.url('decrypted'),
      HOLDFAST_TABLE: 'items,animals',
    };
    const result = await succeeded(runHoldfast(['restore', 'a.zip.crypt', '--json'], { cwd, env: to }));
    expect(summaryOf(result)).toMatchObject({
      tables: 2,
      rows: 21,
      selection: { patterns: ['items', 'animals'] },
    });
    expect(await server.query('decrypted', 'SELECT count(*)::int FROM app.items')).toEqual([{ count: 20 }]);
  });

  it('asks nothing of the target that only other tables need', async () => {
    await server.createDatabase('demanding');
    await server.query(
      'demanding',
      'CREATE TABLE simple (x int); CREATE TABLE owned (x int); ALTER TABLE owned OWNER TO tables_unused',
    );
    await succeeded(holdfast('backup', 'demanding.zip', '--database', server.url('demanding')));
    await server.dropDatabase('demanding');
    await server.query('postgres', 'DROP ROLE tables_unused');
    await server.createDatabase('undemanding');
    const to = ['--database', server.url('undemanding')];
    expect(await holdfast('restore', 'demanding.zip', ...to, '--table', 'owned')).toMatchObject({ code: 6 });
    await succeeded(holdfast('restore', 'demanding.zip', ...to, '--table', 'simple'));
  });

  it('brings nothing that belongs to no table, whatever the pattern', async () => {
    const database = await restored('whole.zip', '--table', '*');
    const found = await server.query(
      database,
      `SELECT (SELECT count(*)::int FROM pg_largeobject_metadata) AS large, (SELECT count(*)::int FROM pg_publication) AS publications,
        (SELECT count(*)::int FROM pg_default_acl) AS privileges, to_regclass('app.totals') IS NOT NULL AS view`,
    );
    expect(found).toEqual([{ large: 0, publications: 0, privileges: 0, view: true }]);
  });

  it("brings an extension's rows only by their tables' own names", async () => {
    await server.createDatabase('extended');
    await server.query('extended', `${FILL_SAMPLE_EXTENSION}; CREATE TABLE conf.mine AS SELECT 1 AS x`);
    const extended = ['--database', server.url('extended')];
    await succeeded(holdfast('backup', 'extended.zip', ...extended));
    await succeeded(
      holdfast('backup', 'parents.zip', ...extended, '--table', 'conf.parents', '--table', 'mine'),
    );
    const counts = `SELECT (SELECT count(*)::int FROM conf.parents) AS parents,
      (SELECT count(*)::int FROM conf.children) AS children, (SELECT last_value::int FROM conf.counter) AS counter`;
    const alone = await restored('parents.zip');
    expect(await server.query(alone, counts)).toEqual([{ parents: 100, children: 0, counter: 1 }]);
    const out = await restored('extended.zip', '--table', 'conf.parents', '--table', 'mine');
    expect(await pgDump(server, out)).toBe(await pgDump(server, alone));
    const counter = await restored('extended.zip', '--table', 'counter');
    expect(await server.query(counter, counts)).toEqual([{ parents: 1, children: 0, counter: 42 }]);
    const mine = await restored('extended.zip', '--table', 'mine');
    expect(await server.query(mine, `SELECT extname FROM pg_extension WHERE extname <> 'plpgsql'`)).toEqual(
      [],
    );
  });

  it('says that an archive is a selection', async () => {
    await backup('said.zip', '--table', 'animals');
    const inspected = await holdfast('inspect', 'said.zip');
    expect(inspected.stdout.toString()).toContain('a selection of tables: animals');
    await server.createDatabase('said');
    const dry = await holdfast('restore', 'said.zip', '--database', server.url('said'), '--dry-run');
    expect(dry.stderr).toContain('The archive does not hold the whole database, but a selection: animals');
  });

  it('locks and reads no table that is not asked for', async () => {
    await server.query(
      'source',
      'CREATE ROLE tables_partial LOGIN; GRANT USAGE ON SCHEMA app TO tables_partial; GRANT SELECT ON app.animals TO tables_partial',
    );
    const database = ['--database', server.socketUrl('source', 'tables_partial')];
    expect(await holdfast('backup', 'partial.zip', ...database)).toMatchObject({ code: 1 });
    await succeeded(holdfast('backup', 'partial.zip', ...database, '--table', 'animals'));
    const refused = await holdfast('backup', 'dogs.zip', ...database, '--table', 'dogs');
    expect(refused).toMatchObject({ code: 1 });
    await server.query('source', 'DROP OWNED BY tables_partial; DROP ROLE tables_partial');
  });

  it.each([
    [['--table', 'nope'], 'No table, view or sequence matches --table nope.'],
    [['--table', 'animals', '--table', 'Nope*'], 'No table, view or sequence matches --table Nope*.'],
    [['--table', 'other.app.users'], 'is of another database than source'],
    [['--table', 'a.b.c.d'], 'too many dots'],
    [
      ['--table', 'users', '--exclude-table', 'users*'],
      '--exclude-table leaves nothing of what --table selects',
    ],
    [
      ['--table', 'totals', '--exclude-table', 'users'],
      'view app.totals needs table app.users, which is excluded',
    ],
    [['--exclude-table', 'users'], 'needs table app.users, which is excluded'],
    [['--table', 'users', '--skip-database', '--storage', '.'], '--table with --skip-database'],
  ])('refuses backup %j', async (args, message) => {
    const result = await backup('refused.zip', ...args);
    expect(result).toMatchObject({ code: 2 });
    expect(result.stderr).toContain(message);
  });

  it.each([
    [2, ['--table', 'users', '--overwrite'], '--table with --overwrite'],
    [2, ['--table', 'users', '--skip-database'], '--table with --skip-database'],
    [2, ['--table', 'other.app.users'], 'is of another database than source'],
    [
      6,
      ['--table', 'users', '--table', 'nope'],
      'no table, view or sequence in the archive matches --table nope',
    ],
    [
      6,
      ['--table', 'pg_largeobject'],
      'no table, view or sequence in the archive matches --table pg_largeobject',
    ],
  ])('refuses restore with %i: %j', async (code, args, message) => {
    await server.createDatabase(`refusing_${++count}`);
    const result = await holdfast(
      'restore',
      'whole.zip',
      '--database',
      server.url(`refusing_${count}`),
      ...args,
    );
    expect(result).toMatchObject({ code });
    expect(result.stderr).toContain(message);
  });

  it('leaves views out with --exclude-table, and warns of a pattern that matches nothing', async () => {
    const args = [
      '--exclude-table',
      'totals',
      '--exclude-table',
      'nope',
      '--exclude-table-data',
      'nothing.*',
    ];
    const result = await succeeded(backup('without.zip', ...args));
    expect(result.stderr).toContain('--exclude-table nope matches nothing');
    expect(result.stderr).toContain('--exclude-table-data nothing.* matches nothing');
    const database = await restored('without.zip');
    const found = await server.query(
      database,
      `SELECT to_regclass('app.totals') AS view, to_regclass('app.users') AS table`,
    );
    expect(found).toEqual([{ view: null, table: 'app.users' }]);
  });
});
