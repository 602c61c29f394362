import { describe, expect, it } from 'vitest';
import { facts, requires, roles, useTargetBench } from './target-bench.ts';

const bench = useTargetBench();

describe('preflight', () => {
  it('finds nothing wrong with what fits', async () => {
    expect(await (await bench.open()).preflight(facts())).toEqual([]);
    expect(
      await (
        await bench.open()
      ).preflight(facts({ encoding: 'LATIN1', version: '13.1', versionNumber: 130001 })),
    ).toEqual([]);
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
    });
    const text = problems.map(({ message, hint }) => `${message} → ${hint}`);
    expect(text).toEqual([
      expect.stringMatching(/PostgreSQL 18.* older than the archive's 99\.1\. → .*99 or newer/),
      expect.stringMatching(
        /encoding is UTF8, the archive's is SQL_ASCII.*CREATE DATABASE app ENCODING 'SQL_ASCII' TEMPLATE template0/,
      ),
      expect.stringMatching(
        /roles app owner, reader\. → CREATE ROLE "app owner"; CREATE ROLE reader; .*--no-owner --no-privileges/,
      ),
      expect.stringMatching(/extension no_such_extension\. → Install/),
      expect.stringMatching(/language plno\. → Install/),
      expect.stringMatching(/tablespace fast\. → CREATE TABLESPACE fast/),
      expect.stringMatching(/access method columnar\. → Install/),
      expect.stringMatching(/collation pg_catalog\."xx_XX"\. → Install/),
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
    expect(await missing({})).toEqual(['The target server lacks the roles guarded, keeper, reader.']);
    expect(await missing({ noOwner: true })).toEqual([
      'The target server lacks the roles guarded, keeper, reader.',
    ]);
    expect(await missing({ noPrivileges: true })).toEqual([
      'The target server lacks the roles guarded, keeper.',
    ]);
    expect(await missing({ noOwner: true, noPrivileges: true })).toEqual([
      'The target server lacks the role guarded.',
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
    expect(await hints({})).toEqual([expect.stringContaining('GRANT theirs TO helper;')]);
    expect(await hints({ noOwner: true })).toEqual([]);
    // Who does not inherit may give objects away, and then not touch them any more.
    await bench.server.query('app', 'GRANT theirs TO helper WITH INHERIT FALSE');
    expect(await hints({})).toEqual([expect.stringContaining('GRANT theirs TO helper;')]);
    await bench.server.query('app', 'ALTER DATABASE app OWNER TO postgres; DROP ROLE helper, mine, theirs');
  });

  it('warns of another locale', async () => {
    expect(await (await bench.open()).preflight(facts({ localeProvider: 'icu', locale: 'sv-SE' }))).toEqual(
      [],
    );
    expect(bench.reporter.warnings).toEqual([expect.stringContaining('icu sv-SE')]);
  });

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
