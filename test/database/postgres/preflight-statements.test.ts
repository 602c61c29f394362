import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { findPostgresTools, pgDump } from '../../servers/postgres-tools.ts';
import { installedPostgresVersions, type PostgresServer, startPostgres } from '../../servers/postgres.ts';
import { archivedFacts, preflight, restore, withSource } from './preflight-bench.ts';
import { type Refusal, refusals } from './statement-trials.ts';

const SCHEMAS = join(import.meta.dirname, 'schemas');
const VERSIONS = installedPostgresVersions().filter((version) => [13, 18].includes(version));

/** What the server does not do and does not refuse either: it only warns. */
const SILENT = /^only a superuser may restore privileges on /;

describe.each(VERSIONS)('what the owner of a database may restore, on server %i', (version) => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres({ version });
    await server.query('postgres', 'CREATE ROLE helper LOGIN');
  }, 120_000);
  afterAll(() => server?.stop());
  beforeEach(async () => {
    for (const name of ['holdfast_source', 'holdfast_target']) {
      await server.createDatabase(name);
      await server.query('postgres', `ALTER DATABASE ${name} OWNER TO helper`);
    }
  });
  afterEach(async () => {
    await server.dropDatabase('holdfast_source');
    await server.dropDatabase('holdfast_target');
  });

  const files = readdirSync(SCHEMAS)
    .filter((name) => version >= Number(/-(\d+)\.sql$/.exec(name)?.[1] ?? 0))
    .toSorted();

  it.each(files)('is what preflight does not name, of %s', { timeout: 120_000 }, async (file) => {
    await fill(server, await readFile(join(SCHEMAS, file), 'utf8'));
    const target = server.url('holdfast_target', 'helper');
    await withSource(server.url('holdfast_source'), async (source) => {
      const facts = archivedFacts(source);
      const refused = (noOwner: boolean) =>
        refusals(server, 'holdfast_target', 'helper', source, { noOwner });

      // All belongs to who restores: each refusal has its problem, and each problem its refusal.
      const found = await preflight(target, facts, { noOwner: true });
      const list = await refused(true);
      expect(list.filter((one) => !found.messages.some((message) => names(message, one)))).toEqual([]);
      const loud = found.messages.filter((message) => !SILENT.test(message));
      expect(loud.filter((message) => !list.some((one) => names(message, one)))).toEqual([]);

      // With its owners, what cannot be given away makes more fail: only whether anything does can be told.
      const owned = await preflight(target, facts);
      const isGood = owned.messages.length === 0;
      expect((await refused(false)).length === 0).toBe(
        owned.messages.every((message) => SILENT.test(message)),
      );
      const tools = await findPostgresTools(version);
      if (!isGood || tools.reason !== undefined) return;
      await restore(target, source);
      const [before, after] = await Promise.all(
        ['source', 'target'].map(async (name) =>
          (await pgDump(server, `holdfast_${name}`, ['--create'])).replaceAll(`holdfast_${name}`, 'database'),
        ),
      );
      expect(after).toBe(before);
    });
  });
});

/** Runs SQL as the role that is to restore, which is a superuser as long, and makes it a member of all other roles. */
async function fill(server: PostgresServer, sql: string): Promise<void> {
  await server.query('postgres', 'ALTER ROLE helper SUPERUSER');
  const client = new Client(server.url('holdfast_source', 'helper'));
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
    await server.query('postgres', 'ALTER ROLE helper NOSUPERUSER');
  }
  await server.query(
    'postgres',
    `DO $do$DECLARE role name; BEGIN
      FOR role IN SELECT rolname FROM pg_roles WHERE NOT rolsuper AND rolname !~ '^pg_' AND rolname <> 'helper'
      LOOP EXECUTE format('GRANT %I TO helper', role); END LOOP;
    END$do$`,
  );
}

/** Whether a problem's message names what a statement is about. */
function names(message: string, { statement }: Refusal): boolean {
  const listed = plain(message.replace(/^.*?(?:: | parameters? )/s, '')).split(',');
  return (
    plain(message).includes(plain(nameOf(statement))) ||
    listed.some((name) => name.length > 1 && plain(statement.sql).includes(withoutArguments(name)))
  );
}

/** As a message has it: the table of a trigger of the server's, the role of default privileges, a transform's language. */
function nameOf({ kind, name }: Refusal['statement']): string {
  const short = kind === 'ACL' ? name.replace(/^.* of /, '') : name.replace(/^for .* language /, '');
  return withoutArguments(short);
}

function withoutArguments(name: string): string {
  return name.replace(/^(.[^(]*)\(.*$/s, '$1');
}

/** Without quotes, blanks and line breaks, which stand in messages in their own ways. */
function plain(text: string): string {
  return text.replaceAll(/["\s]|\\x0a/g, '');
}
