import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { installedPostgresVersions, type PostgresServer, startPostgres } from '../../servers/postgres.ts';
import { factsOf, preflight, restore, withSource } from './preflight-bench.ts';
import { fingerprint } from './roundtrip.ts';

const VERSIONS = installedPostgresVersions().filter((version) => version === 13 || version === 18);

describe.each(VERSIONS)('what a database grants and is, on server %i', (version) => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres({ version });
    await server.query(
      'postgres',
      'CREATE ROLE helper LOGIN; CREATE ROLE friend; CREATE ROLE stranger; CREATE ROLE crowd',
    );
    await server.query('postgres', 'GRANT friend TO helper; GRANT crowd TO friend');
  }, 120_000);
  afterAll(() => server?.stop());
  beforeEach(async () => {
    await server.createDatabase('source');
    await server.createDatabase('app');
    await server.query(
      'postgres',
      'ALTER DATABASE app OWNER TO helper; ALTER DATABASE source OWNER TO helper',
    );
  });
  afterEach(async () => {
    await server.query(
      'postgres',
      `UPDATE pg_database SET datistemplate = false WHERE datname IN ('source', 'app')`,
    );
    await server.dropDatabase('source');
    await server.dropDatabase('app');
  });

  const owned = (
    schema: string,
  ) => `CREATE SCHEMA ${schema} AUTHORIZATION helper; CREATE TABLE ${schema}.t (a int);
    ALTER TABLE ${schema}.t OWNER TO friend`;

  it.each([
    ['to the role itself', 'GRANT ALL ON SCHEMA s TO friend'],
    ['to a role that it is a member of', 'GRANT CREATE ON SCHEMA s TO crowd'],
    ['to everyone', 'GRANT CREATE, USAGE ON SCHEMA s TO PUBLIC'],
  ])(
    'lets an owner give objects away that may create in a schema by a grant %s',
    { timeout: 60_000 },
    async (_, grant) => {
      await server.query('source', `${owned('s')}; ${grant}; ALTER TABLE s.t OWNER TO friend`);
      const helper = server.url('app', 'helper');
      const facts = await factsOf(server.url('source'));
      expect((await preflight(helper, facts)).messages).toEqual([]);
      await withSource(server.url('source'), (from) => restore(helper, from));
      const [source, target] = [await fingerprint(server, 'source'), await fingerprint(server, 'app')];
      expect(target.dump.replaceAll('app', 'database')).toBe(source.dump.replaceAll('source', 'database'));

      await server.dropDatabase('app');
      await server.createDatabase('app');
      await server.query('postgres', 'ALTER DATABASE app OWNER TO helper');
      const withoutGrants = await preflight(helper, facts, { noPrivileges: true });
      expect(withoutGrants.messages).toEqual([
        'only a superuser may give objects in schema s to friend, who may not create anything in it',
      ]);
      await withSource(server.url('source'), async (from) => {
        await expect(restore(helper, from, { noPrivileges: true })).rejects.toThrow(
          /permission denied for schema s/,
        );
      });
    },
  );

  it('takes rights from the owner of a schema when all is in it', { timeout: 60_000 }, async () => {
    await server.query(
      'source',
      `CREATE SCHEMA s AUTHORIZATION helper; CREATE TABLE s.t (a int PRIMARY KEY); ALTER TABLE s.t OWNER TO helper;
      REVOKE ALL ON SCHEMA s FROM helper; GRANT CREATE ON SCHEMA s TO friend`,
    );
    const helper = server.url('app', 'helper');
    expect((await preflight(helper, await factsOf(server.url('source')))).messages).toEqual([]);
    await withSource(server.url('source'), (from) => restore(helper, from));
    const [source, target] = [await fingerprint(server, 'source'), await fingerprint(server, 'app')];
    expect(target.dump.replaceAll('app', 'database')).toBe(source.dump.replaceAll('source', 'database'));
  });

  it(
    'restores that a database is a template and how many connections it takes',
    { timeout: 60_000 },
    async () => {
      await server.query(
        'source',
        'CREATE TABLE t (); ALTER DATABASE source IS_TEMPLATE true CONNECTION LIMIT 3',
      );
      const facts = await factsOf(server.url('source'));
      await server.query(
        'postgres',
        'ALTER DATABASE app OWNER TO stranger; GRANT CREATE ON DATABASE app TO helper',
      );
      await server.query('app', 'GRANT CREATE ON SCHEMA public TO helper');
      expect((await preflight(server.url('app', 'helper'), facts, { noOwner: true })).messages).toEqual([
        'only the owner of database app may give it its settings, and role helper is not',
      ]);
      await withSource(server.url('source'), async (from) => {
        await expect(restore(server.url('app', 'helper'), from, { noOwner: true })).rejects.toThrow(
          /must be owner/,
        );
      });
      await withSource(server.url('source'), (from) => restore(server.url('app'), from));
      const properties = await server.query(
        'postgres',
        `SELECT datistemplate, datconnlimit FROM pg_database WHERE datname = 'app'`,
      );
      expect(properties).toEqual([{ datistemplate: true, datconnlimit: 3 }]);
    },
  );

  it(
    'tells of text search that only a superuser makes, and of files that are missing',
    { timeout: 60_000 },
    async () => {
      await server.query(
        'source',
        `CREATE TEXT SEARCH PARSER p (START = prsd_start, GETTOKEN = prsd_nexttoken, END = prsd_end, LEXTYPES = prsd_lextype);
      CREATE TEXT SEARCH TEMPLATE t (LEXIZE = dsimple_lexize);
      CREATE TEXT SEARCH DICTIONARY d (TEMPLATE = synonym, SYNONYMS = synonym_sample, CaseSensitive = 1);
      CREATE TEXT SEARCH DICTIONARY "odd ""one" (TEMPLATE = simple, STOPWORDS = english);
      CREATE TEXT SEARCH DICTIONARY e (TEMPLATE = simple);
      CREATE TEXT SEARCH DICTIONARY thesaurus (TEMPLATE = thesaurus, DictFile = thesaurus_sample, Dictionary = 'public.e');
      CREATE TEXT SEARCH DICTIONARY a (TEMPLATE = thesaurus, DictFile = thesaurus_sample, Dictionary = e)`,
      );
      const helper = server.url('app', 'helper');
      if (version < 15) await server.query('app', 'GRANT CREATE ON SCHEMA public TO helper');
      const facts = await factsOf(server.url('source'));
      expect((await preflight(helper, facts, { noOwner: true })).messages).toEqual([
        'only a superuser may restore text search parsers: public.p',
        'only a superuser may restore text search templates: public.t',
      ]);
      expect((await preflight(server.url('app'), facts)).messages).toEqual([]);
      const elsewhere = JSON.stringify(facts).replaceAll(/synonym_sample|english/g, 'gone');
      const [message = ''] = (await preflight(server.url('app'), JSON.parse(elsewhere) as typeof facts))
        .messages;
      expect(message).toMatch(/^the target server cannot make the text search dictionaries /);
      expect(message).toMatch(/public\.d \(could not open synonym file ".*gone\.syn"/);
      expect(message).toMatch(/public\."odd ""one" \(could not open stop-word file ".*gone\.stop"/);
    },
  );
});
