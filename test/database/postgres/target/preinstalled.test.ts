import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { installedPostgresVersions, type PostgresServer, startPostgres } from '../../../servers/postgres.ts';
import { FILL_SAMPLE_EXTENSION, sampleExtension } from '../../../servers/sample-extension.ts';
import { openReplacing } from '../copy-all.ts';
import { commandsOf, factsOf, preflight, restore, withSource } from '../preflight-bench.ts';

const VERSIONS = installedPostgresVersions().filter((version) => version === 13 || version === 18);
/** What a superuser makes for a role that may not. */
const PREINSTALLED = 'CREATE SCHEMA conf; CREATE EXTENSION holdfast_sample SCHEMA conf';
const NO_OWNER = { noOwner: true };

describe.each(VERSIONS)('extensions that others have made in the target, on server %i', (version) => {
  let server: PostgresServer;
  let helper: string;
  beforeAll(async () => {
    server = await startPostgres({ version, extensions: sampleExtension() });
    await server.query('postgres', 'CREATE ROLE helper LOGIN');
    helper = server.url('app', 'helper');
  }, 120_000);
  afterAll(() => server?.stop());
  beforeEach(async () => {
    await server.createDatabase('source');
    await server.createDatabase('app');
    await server.query('postgres', 'ALTER DATABASE app OWNER TO helper');
  });
  afterEach(async () => {
    await server.dropDatabase('source');
    await server.dropDatabase('app');
  });

  async function isEmpty(role = 'helper'): Promise<boolean> {
    const target = await openReplacing(server.url('app', role), { replace: false });
    onTestFinished(() => target.close());
    return target.isEmpty();
  }

  it('leave it empty for who may not drop them, but nothing else does', { timeout: 60_000 }, async () => {
    await server.query('app', PREINSTALLED);
    expect(await isEmpty()).toBe(true);
    expect(await isEmpty('postgres')).toBe(false);
    await server.query('app', 'CREATE TABLE conf.other ()');
    expect(await isEmpty()).toBe(false);
    await server.query('app', 'DROP TABLE conf.other; CREATE SCHEMA of_helper AUTHORIZATION helper');
    expect(await isEmpty()).toBe(false);
    await server.query(
      'app',
      'DROP SCHEMA of_helper; CREATE EXTENSION citext; ALTER EXTENSION plpgsql UPDATE',
    );
    expect(await isEmpty()).toBe(true);
    // Rows of the user's are the user's, whoever owns the table.
    await server.query(
      'app',
      `INSERT INTO conf.parents (id) VALUES (2); GRANT USAGE ON SCHEMA conf TO helper; GRANT SELECT ON conf.parents TO helper`,
    );
    expect(await isEmpty()).toBe(false);
  });

  it('are used by a restore, with what it needs named beforehand', { timeout: 60_000 }, async () => {
    await server.query(
      'source',
      `${FILL_SAMPLE_EXTENSION}; CREATE TABLE conf.own AS SELECT 1 AS id; CREATE TABLE t ()`,
    );
    const facts = await factsOf(server.url('source'));
    const without = await preflight(helper, facts, NO_OWNER);
    expect(without.messages).toEqual([
      expect.stringMatching(/^role helper may not create the extension holdfast_sample: permission denied/),
    ]);
    expect(without.hints).toEqual([expect.stringContaining('beforehand')]);

    await server.query('app', PREINSTALLED);
    const { messages, hints } = await preflight(helper, facts, NO_OWNER);
    expect(messages).toEqual([
      'role helper may not create anything in the schema conf, which extensions of others are in',
      'role helper may not write what the archive holds for extensions: conf.children, conf.counter, conf.parents, conf.unmoved',
    ]);
    await withSource(server.url('source'), async (source) => {
      await expect(restore(helper, source, NO_OWNER)).rejects.toThrow(/permission denied/);
    });
    for (const command of hints.flatMap(commandsOf)) {
      if (command.startsWith('GRANT')) await server.query('app', command);
    }
    expect((await preflight(helper, facts, NO_OWNER)).messages).toEqual([]);
    await withSource(server.url('source'), (source) => restore(helper, source, NO_OWNER));
    const all = `SELECT (SELECT count(*) FROM conf.children)::int AS children, (SELECT last_value FROM conf.counter)::int AS counter,
      (SELECT id FROM conf.own) AS own, (SELECT extowner::regrole::text FROM pg_extension WHERE extname = 'holdfast_sample') AS owner`;
    expect(await server.query('app', all)).toEqual([
      { children: 3000, counter: 42, own: 1, owner: 'postgres' },
    ]);
  });

  it('stay when the archive lacks them, with a warning', { timeout: 60_000 }, async () => {
    await server.query('source', 'CREATE TABLE t ()');
    await server.query('app', PREINSTALLED);
    const found = await preflight(helper, await factsOf(server.url('source')), NO_OWNER);
    expect(found.messages).toEqual([]);
    expect(found.warnings).toContain(
      'The target database has the extension holdfast_sample of others, which the archive lacks: they stay.',
    );
    await withSource(server.url('source'), (source) => restore(helper, source, NO_OWNER));
    expect(await server.query('app', 'SELECT * FROM conf.parents, t')).toEqual([]);
  });

  it('have to be where the archive has them', { timeout: 60_000 }, async () => {
    await server.query('source', PREINSTALLED);
    await server.query('app', PREINSTALLED.replaceAll('conf', 'elsewhere'));
    const found = await preflight(helper, await factsOf(server.url('source')), NO_OWNER);
    expect(found.messages[0]).toBe(
      'the target database has extensions in other schemas than the archive: holdfast_sample (in elsewhere, in the archive conf)',
    );
    expect(commandsOf(found.hints[0] ?? '')).toEqual(['DROP EXTENSION holdfast_sample;']);
  });
});
