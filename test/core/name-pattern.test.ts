import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client, escapeIdentifier, escapeLiteral } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HoldfastError } from '../../src/core/errors.ts';
import { compileNamePattern } from '../../src/core/name-pattern.ts';
import { findPostgresTools } from '../servers/postgres-tools.ts';
import { startPostgres, type PostgresServer } from '../servers/postgres.ts';
import { fc } from '../support/fast-check.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { required, runTool } from '../support/tools.ts';

const DATABASE = 'patterns';

/** Schemas with the tables in them; no name is in two, for psql shows the first of the search_path alone. */
const TABLES: Readonly<Record<string, readonly string[]>> = {
  public: [
    'users',
    'Users',
    'user',
    'users2',
    'orders',
    'log_1',
    'log_12',
    'log_a',
    'a',
    'aa',
    'ab',
    'b',
    'ba',
  ],
  audit: ['log_2026', 'log_', 'log.x', 'x.y.z', 'a1', 'A1', '1', '11', '$', 'a$b', 'a+b', 'a*b', 'a?b', '^a'],
  'audit.old': [
    'old',
    'a|b',
    '(a)',
    '[a]',
    '[]',
    'a[]',
    '{1}',
    'a{1}',
    '\\',
    'a\\b',
    '"',
    'a"b',
    '-',
    '.',
    ' ',
  ],
  Ünï: [
    'é',
    'É',
    'aé',
    '🐘',
    '🐘🐘',
    'line\nbreak',
    "it's",
    'a,b',
    'aaa',
    'abab',
    '_',
    '__',
    'a_b',
    'a-b',
    ']',
  ],
};

const PATTERNS = [
  ' ',
  ...String.raw`users Users USERS "Users" "users" user* user? * ? ?? *.* public.* *.user*
    audit*.log_* AUDIT.LOG_* log_[0-9] log_[0-9]+ log_[^0-9] log_[0-9a-f]* users|orders
    (user|order)s public|audit.log_* a+ (ab)+ a{2} a{2,} a{1,2} a{,2} a{ a} {1}
    $ a$b "$" "a+b" a+b "a*b" "a?b" ^a "^a" a^ a^b "log.x" log.x x.y.z
    "x.y.z" patterns.public.users Patterns.public.users "Patterns".public.users postgres.public.users
    *.public.users a.b.c.d "audit.old".* audit.old.old "audit"".old" [] a[] "[a]" [a]
    [a a] ] []a] [^a] [a-b] [b-a] [a-] [-a] [a-b-c] [--a] [*] [a*] [?] [a.]
    [^]a] [^] (a a) a)(b () a| | || (|a)b + a++ *+ a|+ (+) ^+ (*) a{1}{2}
    a{2}+ a{3,2} a{256} a{255} a{1,256} \\ \ \* a\?b \. "\" "a\b" "" """" "a""b" a"b u"SER"s "u"sers
    . .a a. .. É é "É" Ünï.* ünï.* "Ünï".* 🐘 🐘+ 🐘? [🐘] [é-ê] line?break it's a,b a-b [_]+ a.* a..b
    (public).(users) (public.users) ((a|b)*)* (a*)+ (a|aa)+$ b{0} (){3} ^(a) (^a) "("a")" a"*"b`.split(/\s+/),
];

const tables = Object.entries(TABLES).flatMap(([schema, names]) => names.map((name) => ({ schema, name })));

let server: PostgresServer;
beforeAll(async () => {
  server = await startPostgres();
  await server.createDatabase(DATABASE);
  const client = new Client(server.url(DATABASE));
  await client.connect();
  for (const schema of Object.keys(TABLES)) {
    await client.query(`CREATE SCHEMA IF NOT EXISTS ${escapeIdentifier(schema)}`);
  }
  for (const { schema, name } of tables) {
    await client.query(`CREATE TABLE ${escapeIdentifier(schema)}.${escapeIdentifier(name)} ()`);
  }
  const path = Object.keys(TABLES).map(escapeIdentifier).join(', ');
  await client.query(`ALTER DATABASE ${DATABASE} SET search_path = ${path}`);
  await client.end();
});
afterAll(() => server.stop());

/** What psql's \dt finds by each pattern: names in order, or an error. */
async function psqlFinds(psql: string, patterns: readonly string[]): Promise<(string[] | 'error')[]> {
  const lines = patterns.map((pattern, index) => {
    const quoted = escapeLiteral(pattern).replace(/^ E/, '').replaceAll('\n', '\\n');
    const argument = quoted.includes('\\\\') ? quoted : quoted.replaceAll('\\', '\\\\');
    return `\\echo <${index}>\n\\warn <${index}>\n\\dt ${argument}`;
  });
  const file = join(await temporaryFolder(), 'patterns.psql');
  await writeFile(file, `${lines.join('\n')}\n`);
  const output = ['--tuples-only', '--no-align', '--field-separator=\x02', '--record-separator=\x01'];
  const args = [server.url(DATABASE), '--no-psqlrc', ...output, '--file', file];
  const env = { ...process.env, PGCLIENTENCODING: 'UTF8' };
  const { stdout, stderr } = await runTool(psql, args, { env });
  const out = stdout.toString().split(/^<\d+>\n/m);
  const errors = stderr.split(/^<\d+>\n/m);
  return patterns.map((_, index) => {
    if (/ERROR|improper|cross-database|references/.test(errors[index + 1] ?? '')) return 'error';
    const rows = (out[index + 1] ?? '').split('\x01').map((row) => row.replace(/^\n/, '').split('\x02'));
    const own = rows.filter(([schema = '']) => Object.hasOwn(TABLES, schema));
    return own.flatMap(([, name]) => (name === undefined ? [] : [name])).toSorted();
  });
}

const fold = (letter: string): string => letter.replace(/[A-Z]/, (upper) => upper.toLowerCase());

function weFind(pattern: string): string[] | 'error' {
  try {
    const { database, matches } = compileNamePattern(pattern, fold, 'table');
    if (database !== null && database !== DATABASE) return 'error';
    return tables
      .filter(({ schema, name }) => matches(schema, name))
      .map(({ name }) => name)
      .toSorted();
  } catch (error) {
    if (error instanceof HoldfastError && error.code === 'usage') return 'error';
    throw error;
  }
}

describe('compileNamePattern', () => {
  it('finds what psql finds', async (context) => {
    const { psql } = required(context, await findPostgresTools(server.version));
    const found = await psqlFinds(psql, PATTERNS);
    expect(PATTERNS.map((pattern) => [pattern, weFind(pattern)])).toEqual(
      PATTERNS.map((pattern, index) => [pattern, found[index]]),
    );
    expect(found.filter((names) => names !== 'error' && names.length > 0).length).toBeGreaterThan(60);
  });

  it('finds what psql finds by arbitrary patterns', async (context) => {
    const { psql } = required(context, await findPostgresTools(server.version));
    const character = fc.constantFrom(
      ...Array.from('aaaabbAB12_**??.."""[[]]^-||(())++{},$é🐘 '),
      '{1}',
      '{2,3}',
      '[a-b]',
      '\\(',
    );
    const pattern = fc.string({ unit: character, minLength: 1, maxLength: 9 });
    const patterns = fc.sample(pattern, { numRuns: 1500, seed: 20260102 });
    const found = await psqlFinds(psql, patterns);
    for (const [index, text] of patterns.entries()) {
      expect([text, weFind(text)]).toEqual([text, found[index]]);
    }
  });

  it.each(['\\d', 'a\\1', '[[:alpha:]]', '[\\w]', 'x'.repeat(1001), '((a{255}){255}){255}'])(
    'refuses %s, which it cannot have as PostgreSQL has it',
    (pattern) => {
      expect(() => compileNamePattern(pattern, fold, 'table')).toThrow('--table');
    },
  );

  it('takes no longer for names and patterns made to take long', () => {
    const name = 'a'.repeat(5000);
    const started = performance.now();
    for (const pattern of [
      '(a+)+b',
      '(a|a)*b',
      '(a|aa)+b',
      '((a*)*)*b',
      '*a*a*a*a*a*a*b',
      '(a{1,50}){1,50}b',
    ]) {
      expect(compileNamePattern(pattern, fold, 'table').matches('public', name.slice(0, 63))).toBe(false);
    }
    expect(compileNamePattern('(a+)+b', fold, 'table').matches('public', name)).toBe(false);
    expect(performance.now() - started).toBeLessThan(10_000);
  });
});
