import { describe, expect, it } from 'vitest';
import { facts, requires, roles, useTargetBench } from './target-bench.ts';

/** Facts of an archive that demands nothing but what is given here. */
const demanding = (
  demands: Record<string, unknown>,
  rest: Record<string, unknown> = {},
  requirements: Record<string, unknown> = {},
) => ({
  ...requires({
    demands: {
      superuser: [],
      database: [],
      publicSchema: [],
      settings: [],
      settingRoles: [],
      defaultPrivilegeRoles: [],
      schemas: [],
      features: [],
      localeBound: [],
      collationVersions: [],
      relations: 0,
      ...demands,
    },
    ...requirements,
  }),
  ...rest,
});

const bench = useTargetBench();

describe('preflight', () => {
  it('finds nothing wrong with what fits', async () => {
    expect(await (await bench.open()).preflight(facts())).toEqual([]);
    const older = facts({ encoding: 'LATIN1', version: '13.1', versionNumber: 130001 });
    expect(await (await bench.open()).preflight(older)).toEqual([]);
    expect(bench.reporter.warnings).toEqual([]);
  });

  it('lists all it finds at once, each with what mends it', async () => {
    const problems = await (
      await bench.open()
    ).preflight({
      ...requires({
        ...roles({ owners: ['postgres', 'app owner'], privileges: ['reader'] }),
        extensions: [{ name: 'plpgsql' }, { name: 'no_such_extension' }],
        languages: ['plno'],
        tablespaces: ['pg_default', 'fast'],
        collations: ['pg_catalog."C"', 'pg_catalog."xx_XX"'],
        accessMethods: ['heap', 'columnar'],
      }),
      version: '99.1',
      versionNumber: 990001,
      encoding: 'SQL_ASCII',
      textEncoding: 'SQL_ASCII',
    });
    const text = problems.map(({ message, hint }) => `${message} → ${hint}`);
    expect(text).toEqual([
      expect.stringMatching(/PostgreSQL 18.* older than the archive's 99\.1 → .*99 or newer/),
      expect.stringMatching(
        /encoding is UTF8, the archive's is SQL_ASCII.*CREATE DATABASE app TEMPLATE template0 ENCODING 'SQL_ASCII' LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8' LC_COLLATE 'C' LC_CTYPE 'C';/,
      ),
      expect.stringMatching(
        /roles app owner, reader → CREATE ROLE "app owner"; CREATE ROLE reader; .*--no-owner --no-privileges/,
      ),
      expect.stringMatching(/language plno → in the target database: CREATE EXTENSION plno;/),
      expect.stringMatching(/tablespace fast → CREATE TABLESPACE fast/),
      expect.stringMatching(/access method columnar → install/),
      expect.stringMatching(/extension no_such_extension → install/),
      expect.stringMatching(/collation pg_catalog\."xx_XX" → install/),
    ]);
  });

  it('does not ask for roles that are not used', async () => {
    const target = await bench.open({ noOwner: true, noPrivileges: true });
    expect(await target.preflight(requires(roles({ owners: ['keeper'], privileges: ['reader'] })))).toEqual(
      [],
    );
  });

  it('asks only for the roles of what is not left out', async () => {
    const archived = requires(
      roles({ owners: ['keeper'], privileges: ['keeper', 'reader'], others: ['guarded'] }),
    );
    const missing = async (options: { noOwner?: boolean; noPrivileges?: boolean }) =>
      (await (await bench.open(options)).preflight(archived)).map(({ message }) => message);
    expect(await missing({})).toEqual(['the target server lacks the roles guarded, keeper, reader']);
    expect(await missing({ noOwner: true })).toEqual([
      'the target server lacks the roles guarded, keeper, reader',
    ]);
    expect(await missing({ noPrivileges: true })).toEqual([
      'the target server lacks the roles guarded, keeper',
    ]);
    expect(await missing({ noOwner: true, noPrivileges: true })).toEqual([
      'the target server lacks the role guarded',
    ]);
  });

  it('finds owners that the connecting role cannot give objects to', async () => {
    await bench.server.query(
      'app',
      'CREATE ROLE helper LOGIN; CREATE ROLE mine; CREATE ROLE theirs; GRANT mine TO helper',
    );
    await bench.server.query('app', 'ALTER DATABASE app OWNER TO helper');
    const archived = requires(roles({ owners: ['mine', 'theirs'] }));
    const hints = async (options: { noOwner?: boolean }) =>
      (
        await (await bench.open({ url: bench.server.url('app', 'helper'), ...options })).preflight(archived)
      ).map(({ hint }) => hint);
    expect(await hints({})).toEqual([
      expect.stringContaining('GRANT theirs TO helper WITH INHERIT TRUE, SET TRUE;'),
    ]);
    expect(await hints({ noOwner: true })).toEqual([]);
    // Who does not inherit may give objects away, and then not touch them any more.
    await bench.server.query('app', 'GRANT theirs TO helper WITH INHERIT FALSE');
    expect(await hints({})).toEqual([
      expect.stringContaining('GRANT theirs TO helper WITH INHERIT TRUE, SET TRUE;'),
    ]);
    await bench.server.query('app', 'ALTER DATABASE app OWNER TO postgres; DROP ROLE helper, mine, theirs');
  });

  it('warns of another locale, with the command for the same one', async () => {
    const swedish = facts({
      localeProvider: 'icu',
      locale: 'sv-SE',
      collate: 'sv_SE.UTF-8',
      ctype: 'sv_SE.UTF-8',
    });
    expect(await (await bench.open()).preflight(swedish)).toEqual([]);
    const command =
      "CREATE DATABASE app TEMPLATE template0 ENCODING 'UTF8' LOCALE_PROVIDER icu ICU_LOCALE 'sv-SE' LC_COLLATE 'C' LC_CTYPE 'C';";
    expect(bench.reporter.warnings).toEqual([expect.stringContaining(command)]);
    await bench.server.dropDatabase('app');
    await bench.server.query('postgres', command);
    expect(await (await bench.open()).preflight(swedish)).toEqual([]);
    expect(bench.reporter.warnings).toHaveLength(1);
  });

  it('refuses another locale where ranges depend on it', async () => {
    const bound = demanding(
      { localeBound: ['public.measures', 'public.span'] },
      { localeProvider: 'libc', locale: null, collate: 'xx_XX', ctype: 'xx_XX' },
    );
    expect(await (await bench.open()).preflight(bound)).toEqual([
      {
        message:
          "the target database's locale is builtin C.UTF-8, the archive's is libc xx_XX: the ranges of public.measures, public.span depend on it",
        hint: expect.stringMatching(
          /^give the server's system the locale xx_XX \(localedef makes it\) and make .* LOCALE_PROVIDER libc LC_COLLATE 'xx_XX' LC_CTYPE 'xx_XX';$/,
        ),
      },
    ]);
    expect(bench.reporter.warnings).toEqual([]);
  });

  it('knows a locale by its other names', async () => {
    await bench.server.dropDatabase('app');
    await bench.server.createDatabase('app', { locale: 'C.utf8' });
    const libc = { localeProvider: 'libc', locale: null };
    await (await bench.open()).preflight(facts({ ...libc, collate: 'C.UTF-8', ctype: 'C.UTF-8' }));
    expect(bench.reporter.warnings).toEqual([]);
    await (await bench.open()).preflight(facts({ ...libc, collate: 'POSIX', ctype: 'C' }));
    expect(bench.reporter.warnings).toEqual([expect.stringContaining('libc POSIX, ctype C')]);
    await bench.server.dropDatabase('app');
    await bench.server.createDatabase('app', { locale: 'C' });
    await (await bench.open()).preflight(facts({ ...libc, collate: 'POSIX', ctype: 'C' }));
    await (await bench.open()).preflight(facts({ localeProvider: 'builtin', locale: 'C' }));
    expect(bench.reporter.warnings).toHaveLength(1);
  });

  it('warns of other versions of the same locale and collations', async () => {
    const target = await bench.open();
    const collationVersions = [
      { name: 'pg_catalog."de-x-icu"', version: '1.2.3' },
      { name: 'pg_catalog."fr-x-icu"', version: '1.2.3' },
    ];
    const archived = demanding(
      { collationVersions },
      { collationVersion: 'old' },
      { collations: ['pg_catalog."de-x-icu"'] },
    );
    expect(await target.preflight(archived)).toEqual([]);
    expect(bench.reporter.warnings).toEqual([
      expect.stringMatching(/locale builtin C\.UTF-8 is of version 1, the archive's of old/),
      expect.stringMatching(/"de-x-icu" \([\d.]+, there 1\.2\.3\)\.$/),
    ]);
  });

  it.each([
    ['EUC_JP', 0],
    ['SJIS', 0],
    ['WIN1252', 0],
    ['MULE_INTERNAL', 1],
    ['SQL_ASCII', 0],
    ['no such encoding', 1],
  ])('takes rows in %s where the server converts them', async (encoding, problems) => {
    expect(await (await bench.open()).preflight(facts({ encoding }))).toHaveLength(problems);
  });

  it('compares the versions of extensions', async () => {
    const extension = (name: string, version: string, schema = 'public') => ({ name, version, schema });
    const archived = requires({
      extensions: [
        extension('citext', '1.99.0'),
        extension('cube', '1.10'),
        extension('hstore', '0.9'),
        extension('ltree', 'beta'),
        extension('plperl', '1.0'),
        extension('plpgsql', '1.0'),
      ],
    });
    const problems = await (await bench.open()).preflight(archived);
    expect(problems.map(({ message }) => message)).toEqual([
      expect.stringMatching(
        /are older than the archive's: citext \(1\.\d, in the archive 1\.99\.0\), cube \(1\.5, in the archive 1\.10\)$/,
      ),
      'the target database has extensions in other schemas than the archive: plpgsql (in pg_catalog, in the archive public)',
      'the target server makes extensions in no other schema than its own: plperl (in pg_catalog, in the archive public)',
    ]);
    expect(bench.reporter.warnings).toEqual([
      expect.stringMatching(/: ltree \(1\.3, in the archive beta\)\.$/),
    ]);
    expect(bench.reporter.details).toContainEqual(
      expect.stringMatching(/newer versions: hstore \(1\.8, in the archive 0\.9\)$/),
    );
    // What is there in an old version has to be updated, unless it is replaced.
    await bench.server.query('app', `CREATE EXTENSION pg_trgm VERSION '1.3'`);
    const trgm = requires({ extensions: [extension('pg_trgm', '1.6')] });
    expect(await (await bench.open()).preflight(trgm)).toEqual([
      expect.objectContaining({ hint: expect.stringContaining('ALTER EXTENSION pg_trgm UPDATE;') as string }),
    ]);
    expect(await (await bench.open({ replace: true })).preflight(trgm)).toEqual([]);
  });

  it('finds settings that the server does not know', async () => {
    const archived = demanding({
      settings: ['no_such_parameter', 'max_connections', 'work_mem', 'a b', 'app.x'],
    });
    const [problem, ...others] = await (await bench.open()).preflight(archived);
    expect(others).toEqual([]);
    expect(problem?.message).toMatch(
      /configuration parameters no_such_parameter \(unrecognized .*\), max_connections \(.* without restarting the server\), a b \(/,
    );
    expect(problem?.message).not.toMatch(/work_mem|app\.x/);
    expect(await bench.server.query('postgres', 'SELECT setconfig FROM pg_db_role_setting')).toEqual([]);
  });

  it('counts the locks that the load takes', async () => {
    const preflight = async (relations: number) => (await bench.open()).preflight(demanding({ relations }));
    expect(await preflight(8000)).toEqual([]);
    expect(bench.reporter.warnings).toEqual([]);
    expect(await preflight(12_000)).toEqual([]);
    expect(bench.reporter.warnings).toEqual([expect.stringContaining('max_locks_per_transaction = 132;')]);
    expect(await preflight(100_000)).toEqual([
      expect.objectContaining({
        hint: 'ALTER SYSTEM SET max_locks_per_transaction = 1100; and restart the server',
      }),
    ]);
  });

  it('shows the first of many names and counts the rest', async () => {
    const owners = Array.from({ length: 25 }, (_, index) => `r${String(index).padStart(2, '0')}`);
    const [problem] = await (await bench.open()).preflight(requires(roles({ owners })));
    expect(problem?.message).toMatch(/roles r00, .*, r19 and 5 more$/);
    expect(problem?.hint).toMatch(/CREATE ROLE r19; and so on for 5 more Or restore/);
  });

  it('finds that the server was built without what the archive uses', async () => {
    const [row] = await bench.server.query<{ can: boolean }>(
      'app',
      `SELECT 'lz4' = ANY (enumvals) AS can FROM pg_settings WHERE name = 'default_toast_compression'`,
    );
    const found = await (
      await bench.open()
    ).preflight(demanding({ features: ['lz4', 'xml', 'of the future'] }));
    expect(found.map(({ message }) => message)).toEqual(
      row?.can ? [] : ['the target server cannot compress with lz4, as columns of the archive are set to'],
    );
  });

  it.each([`'; `, `"; `, `"C"; `, `work_mem TO DEFAULT; `, `C', true); `, `application_name TO ''; `])(
    'runs nothing that a manifest says after %s',
    async (start) => {
      const evil = `${start}CREATE TABLE public.evil (); COMMIT; --`;
      const archived = demanding(
        {
          settings: [evil],
          settingRoles: [evil],
          defaultPrivilegeRoles: [evil],
          features: [evil, 'constructor', '__proto__'],
        },
        { encoding: evil, localeProvider: evil, locale: evil, collate: evil, ctype: evil },
        {
          ...roles({ owners: [evil], privileges: [evil], others: [evil] }),
          extensions: [{ name: evil, version: evil, schema: evil }],
          languages: [evil],
          tablespaces: [evil],
          collations: [evil],
          accessMethods: [evil],
        },
      );
      expect((await (await bench.open()).preflight(archived)).length).toBeGreaterThan(5);
      expect(await bench.tables()).toEqual([]);
    },
  );

  it('finds what the connecting role may not do', async () => {
    await bench.server.query('app', 'CREATE ROLE guest LOGIN');
    const target = await bench.open({ url: bench.server.url('app', 'guest') });
    const text = (await target.preflight(facts())).map(({ hint }) => hint);
    expect(text).toEqual([
      expect.stringContaining('GRANT CREATE ON DATABASE app TO guest;'),
      expect.stringContaining('GRANT CREATE ON SCHEMA public TO guest;'),
    ]);
    await bench.server.query('app', 'DROP ROLE guest');
  });
});
