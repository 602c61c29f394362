import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { DatabaseSchema } from '../../../../src/database/postgres/catalog/schema.ts';
import { type PostgresServer, startPostgres } from '../../../servers/postgres.ts';
import { withSnapshot } from '../roundtrip.ts';

const SOURCE = 'schema_source';

describe.each([14, 18] as const)('the schema of a database on server %i', (version) => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres({ version });
    await server.query('postgres', 'CREATE ROLE owner_of_t; CREATE ROLE reader_of_t; CREATE ROLE nobody');
  }, 120_000);
  afterAll(() => server?.stop());
  beforeEach(() => server.createDatabase(SOURCE));
  afterEach(() => server.dropDatabase(SOURCE));

  function read(...excluded: string[]): Promise<DatabaseSchema> {
    const excludeTable = (schema: string, name: string) => excluded.includes(`${schema}.${name}`);
    return withSnapshot(server, SOURCE, async ({ schema }) => schema, { excludeTable });
  }

  it('is empty when it is fresh, but for what PUBLIC may do on an older server', async () => {
    expect(sqlOf(await read())).toEqual(
      version >= 15
        ? []
        : ['REVOKE ALL ON SCHEMA public FROM PUBLIC;', 'GRANT USAGE, CREATE ON SCHEMA public TO PUBLIC;'],
    );
  });

  it('is without what only a session has', async () => {
    const session = new Client({ connectionString: server.url(SOURCE) });
    await session.connect();
    try {
      await session.query(
        'CREATE TABLE kept (a integer); CREATE TEMPORARY TABLE fleeting (a serial CHECK (a > 0))',
      );
      const schema = await read();
      expect(schema.tables.map(({ name }) => name)).toEqual(['kept']);
      expect(sqlOf(schema).join()).not.toContain('fleeting');
    } finally {
      await session.end();
    }
  });

  it('has money read alike in every locale', async () => {
    expect((await read()).preData.map(({ sql }) => sql)).toContain("SET lc_monetary = 'C';");
  });

  it('tells what the target must have', async () => {
    await server.query(
      SOURCE,
      `CREATE EXTENSION hstore;
      CREATE TABLE t (a text COLLATE "und-x-icu", b text COLLATE "C");
      ALTER TABLE t OWNER TO owner_of_t;
      GRANT SELECT ON t TO reader_of_t;
      CREATE ROLE other_reader; CREATE ROLE guarded; CREATE ROLE tuned;
      CREATE TABLE u (); GRANT SELECT ON u TO other_reader;
      CREATE POLICY p ON t TO guarded USING (true);
      ALTER ROLE tuned IN DATABASE ${SOURCE} SET work_mem TO '1MB';
      CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS 'BEGIN END'`,
    );
    expect((await read()).requires).toEqual({
      roles: {
        owners: ['owner_of_t', 'postgres'],
        privileges: ['other_reader', 'reader_of_t'],
        others: ['guarded', 'tuned'],
      },
      extensions: [{ name: 'hstore', schema: 'public', version: expect.any(String) }],
      languages: ['plpgsql'],
      tablespaces: [],
      collations: ['pg_catalog."und-x-icu"'],
      accessMethods: [],
      demands: {
        superuser: [],
        database: ['objects'],
        publicSchema: version >= 15 ? ['objects'] : ['objects', 'privileges'],
        settings: ['work_mem'],
        settingRoles: ['tuned'],
        defaultPrivilegeRoles: [],
        schemas: [
          {
            name: 'public',
            owner: null,
            roles: ['owner_of_t', 'postgres'],
            creators: version >= 15 ? [] : ['postgres', null],
          },
        ],
        superuserOwners: [],
        wrappers: [],
        dictionaries: [],
        securityLabelProviders: [],
        features: [],
        localeBound: [],
        extensionMembers: [expect.objectContaining({ extension: 'hstore' })],
        collationVersions: [{ name: 'pg_catalog."und-x-icu"', version: expect.any(String) }],
        // The tables, and the TOAST table of one with its index.
        relations: 4,
        collations: [],
        nativeFunctions: [],
        versions: [],
        newer: { features: [], functions: [], types: ['text', 'void'], operatorClasses: [] },
        largeObjects: { count: 0, granted: 0, described: 0 },
        publicationOwners: [],
        subscriptions: [],
        configuration: [],
        populatedSchemas: [],
        refreshes: [],
      },
    });
  });

  it('lists the tables that hold rows, with the columns that COPY can load', async () => {
    await server.query(
      SOURCE,
      `CREATE TABLE b (id integer, gone integer, double integer GENERATED ALWAYS AS (id * 2) STORED, "Odd name" text);
      ALTER TABLE b DROP COLUMN gone;
      CREATE TABLE a (id integer) PARTITION BY LIST (id);
      CREATE TABLE "A part" PARTITION OF a DEFAULT;
      CREATE VIEW v AS SELECT 1 AS one`,
    );
    const tables = await withSnapshot(server, SOURCE, async ({ schema }) => schema.tables, {});
    expect(tables.map(({ schema, name, columns, withRows }) => [schema, name, columns, withRows])).toEqual([
      ['public', 'A part', ['id'], true],
      ['public', 'b', ['id', 'Odd name'], true],
    ]);
  });

  describe('without a table', () => {
    beforeEach(() =>
      server.query(
        SOURCE,
        `CREATE TABLE gone (id serial PRIMARY KEY, name text DEFAULT 'x' CHECK (name <> ''), other integer);
        CREATE INDEX gone_index ON gone (name);
        COMMENT ON TABLE gone IS 'about gone';
        COMMENT ON INDEX gone_index IS 'about the index of gone';
        GRANT SELECT (name) ON gone TO nobody;
        CREATE FUNCTION act() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
        CREATE TRIGGER gone_trigger BEFORE INSERT ON gone FOR EACH ROW EXECUTE FUNCTION act();
        CREATE RULE gone_rule AS ON DELETE TO gone DO INSTEAD NOTHING;
        CREATE POLICY gone_policy ON gone TO nobody USING (true);
        ALTER TABLE gone ENABLE ROW LEVEL SECURITY;
        CREATE TABLE kept (id integer PRIMARY KEY, other integer CONSTRAINT to_gone REFERENCES gone);
        ALTER TABLE gone ADD CONSTRAINT from_gone FOREIGN KEY (other) REFERENCES kept;
        CREATE TABLE parts (id integer PRIMARY KEY) PARTITION BY LIST (id);
        CREATE TABLE part_1 PARTITION OF parts FOR VALUES IN (1);
        CREATE TABLE part_2 PARTITION OF parts FOR VALUES IN (2);
        COMMENT ON INDEX part_1_pkey IS 'about the index of a part'`,
      ),
    );

    it('is without everything that hangs on it', async () => {
      const schema = await read('public.gone');
      expect(sqlOf(schema).join('\n')).not.toMatch(/gone|nobody/);
      expect(schema.tables.map(({ name }) => name)).toEqual(['kept', 'part_1', 'part_2']);
      expect(JSON.stringify(schema.requires.roles)).not.toContain('nobody');
    });

    it('is without its partitions, or keeps the others', async () => {
      expect(sqlOf(await read('public.parts')).join('\n')).not.toMatch(/part/);
      const schema = await read('public.part_1');
      expect(sqlOf(schema).join('\n')).not.toMatch(/part_1|about the index of a part/);
      expect(sqlOf(schema).join('\n')).toContain(
        'ALTER INDEX public.parts_pkey ATTACH PARTITION public.part_2_pkey;',
      );
    });

    it('is refused when something else needs it', async () => {
      await server.query(SOURCE, 'CREATE VIEW on_gone AS SELECT * FROM gone');
      await expect(read('public.gone')).rejects.toMatchObject({
        code: 'usage',
        message: expect.stringMatching(
          /^view (definition )?public\.on_gone needs table public\.gone, which is excluded$/,
        ),
      });
    });
  });
});

/** The statements, without those that the files begin with. */
function sqlOf({ preData, postData }: DatabaseSchema): string[] {
  return [...preData, ...postData].filter(({ kind }) => kind !== 'SETTING').map(({ sql }) => sql);
}
