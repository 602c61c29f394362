import { describe, expect, it } from 'vitest';
import { useTargetBench } from '../target-bench.ts';

const bench = useTargetBench();

describe('isEmpty', () => {
  it('is true for a new database, also with session tables and the standard objects made anew', async () => {
    await bench.server.query(
      'app',
      'DROP SCHEMA public CASCADE; CREATE SCHEMA public; DROP EXTENSION plpgsql; CREATE EXTENSION plpgsql',
    );
    expect(await (await bench.open()).isEmpty()).toBe(true);
  });

  it.each([
    'CREATE SCHEMA s',
    'CREATE TABLE t ()',
    'CREATE SEQUENCE s',
    'CREATE VIEW v AS SELECT 1',
    "CREATE TYPE e AS ENUM ('a')",
    'CREATE DOMAIN d AS int',
    "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "SELECT lo_from_bytea(0, 'x')",
    'CREATE PUBLICATION p FOR ALL TABLES',
    "CREATE FUNCTION pg_catalog.f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "CREATE COLLATION c (locale = 'C')",
    'CREATE FOREIGN DATA WRAPPER w',
    'CREATE TEXT SEARCH DICTIONARY d (template = simple)',
    `ALTER OPERATOR FAMILY pg_catalog.datetime_ops USING btree ADD OPERATOR 1 pg_catalog.<(time, time)`,
    'ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC',
  ])('is false after %s', async (sql) => {
    await bench.server.query(
      'app',
      sql.includes('pg_catalog.f') ? `SET allow_system_table_mods = on; ${sql}` : sql,
    );
    expect(await (await bench.open()).isEmpty()).toBe(false);
    expect(bench.reporter.details.at(-1)).toContain('holds');
  });
});
