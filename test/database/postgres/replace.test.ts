import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { DatabaseTarget, TargetOptions } from '../../../src/database/engine.ts';
import { findPostgresTools, pgDump } from '../../servers/postgres-tools.ts';
import { installedPostgresVersions, type PostgresServer, startPostgres } from '../../servers/postgres.ts';
import { recordingReporter } from '../../support/recording-reporter.ts';
import { copyAll, openReplacing, openSource } from './copy-all.ts';
import { createTable, facts } from './target-bench.ts';

// Names that occur nowhere else in the dumps, where they are replaced.
const OLD = 'holdfast_old';
const FRESH = 'holdfast_fresh';
const SOURCE = 'holdfast_source';
const SERVERS = await Promise.all(
  installedPostgresVersions().map(async (version) => ({ version, tools: await findPostgresTools(version) })),
);
const read = (...path: string[]) => readFile(join(import.meta.dirname, ...path), 'utf8');

for (const { version, tools } of SERVERS) {
  if (tools.reason !== undefined) console.warn(`Server ${version} is not tested: ${tools.reason}`);
  describe.skipIf(tools.reason !== undefined)(`replace on server ${version}`, { timeout: 120_000 }, () => {
    let server: PostgresServer;
    /** Facts of an archive that fits. */
    const archivedFor = (target: DatabaseTarget) => ({ ...target.facts, requires: facts()['requires'] });

    beforeAll(async () => {
      server = await startPostgres({ version });
      await server.query('postgres', 'CREATE ROLE plain LOGIN; CREATE ROLE other');
    }, 120_000);
    afterAll(() => server?.stop());
    beforeEach(async () => {
      for (const name of [OLD, FRESH]) await server.createDatabase(name, { template: 'template0' });
    });
    afterEach(async () => {
      for (const name of [OLD, FRESH, SOURCE]) await server.dropDatabase(name);
    });

    const open = async (options: Partial<TargetOptions> = {}, role = 'postgres'): Promise<DatabaseTarget> => {
      const target = await openReplacing(server.url(OLD, role), options);
      onTestFinished(() => target.close());
      return target;
    };
    const dump = async (database: string) =>
      (await pgDump(server, database, ['--create'])).replaceAll(database, 'database');
    const ownBoth = async (role: string) => {
      for (const name of [OLD, FRESH]) {
        await server.query('postgres', `ALTER DATABASE ${name} OWNER TO ${role}`);
      }
    };
    /** Who owns what the server brings, where that is not who made it. */
    const ownersOf = (database: string) =>
      server.query(
        database,
        `SELECT oid::regprocedure::text AS name, proowner::regrole::text FROM pg_proc WHERE oid < 16384 AND proowner <> 10
        UNION ALL SELECT typname, typowner::regrole::text FROM pg_type WHERE oid < 16384 AND typowner <> 10`,
      );
    /** How many rows every catalog of a database has. */
    const catalogs = async (database: string) => {
      const names = await server.query<{ name: string }>(
        database,
        `SELECT relname AS name FROM pg_class WHERE relnamespace = 'pg_catalog'::regnamespace AND relkind = 'r'
          AND NOT relisshared AND relname <> 'pg_statistic' ORDER BY 1`,
      );
      const counts = names.map(({ name }) => `SELECT '${name}' AS name, count(*) FROM ${name}`);
      return server.query(database, counts.join(' UNION ALL '));
    };

    it('leaves nothing of anything that a database can hold', async () => {
      await server.query(OLD, await read('clutter.sql'));
      const before = await dump(OLD);
      const reporter = recordingReporter();
      const target = await open({ reporter });
      const archived = archivedFor(target);
      expect(await target.preflight(archived)).toEqual([]);
      await target.begin(archived);
      await target.execute(createTable);
      await target.rollback();
      expect(await dump(OLD)).toBe(before);
      await target.begin(archived);
      await target.commit();
      expect(await dump(OLD)).toBe(await dump(FRESH));
      expect(await catalogs(OLD)).toEqual(await catalogs(FRESH));
      expect(reporter.warnings).toEqual([]);
    });

    it('leaves nothing of what hostile names and schemas of every sort make', async () => {
      await server.query(OLD, await read('..', '..', 'cli', 'hostile-names.sql'));
      for (const name of ['tables.sql', 'code.sql']) await server.query(OLD, await read('schemas', name));
      const target = await open();
      const archived = archivedFor(target);
      await target.begin(archived);
      await target.commit();
      expect(await dump(OLD)).toBe(await dump(FRESH));
    });

    it('brings schema public and plpgsql back', async () => {
      await server.query(OLD, 'DROP SCHEMA public; DROP EXTENSION plpgsql');
      const target = await open();
      const archived = archivedFor(target);
      expect(await target.preflight(archived)).toEqual([]);
      await target.begin(archived);
      await target.commit();
      // A new extension is a user's to pg_dump, whatever its name.
      const withoutExtension = (text: string) =>
        text.replaceAll(
          /^--\n-- Name: (EXTENSION )?plpgsql;.*\n--\n\n(CREATE|COMMENT ON) EXTENSION.*\n\n\n/gm,
          '',
        );
      expect(withoutExtension(await dump(OLD))).toBe(await dump(FRESH));
      expect(await server.query(OLD, 'SELECT extname FROM pg_extension')).toEqual([{ extname: 'plpgsql' }]);
    });

    it('gives what the archive gives to a fresh database', async () => {
      await server.createDatabase(SOURCE, { template: 'template0' });
      for (const name of ['tables.sql', 'code.sql']) await server.query(SOURCE, await read('schemas', name));
      await server.query(
        SOURCE,
        `ALTER SCHEMA public OWNER TO other; GRANT EXECUTE ON FUNCTION pg_ls_dir(text) TO other;
        ALTER FUNCTION pg_catalog.pg_stat_reset() OWNER TO plain;
        ALTER OPERATOR FAMILY pg_catalog.datetime_ops USING btree
          ADD OPERATOR 1 pg_catalog.<(time, time), FUNCTION 1 (time, time) pg_catalog.time_cmp(time, time)`,
      );
      await server.query(
        OLD,
        'ALTER FUNCTION pg_catalog.pg_ls_dir(text) OWNER TO plain; ALTER TYPE pg_catalog.int4 OWNER TO plain',
      );
      await server.query(OLD, await read('clutter.sql'));
      const source = await openSource(server.url(SOURCE));
      onTestFinished(() => source.close());
      const replaced = await open();
      await copyAll(source, replaced);
      await replaced.commit();
      const fresh = await openReplacing(server.url(FRESH), { replace: false });
      onTestFinished(() => fresh.close());
      await copyAll(source, fresh);
      await fresh.commit();
      expect(await dump(OLD)).toBe(await dump(FRESH));
      expect(await ownersOf(OLD)).toEqual(await ownersOf(SOURCE));
    });

    it('is for a plain owner too', async () => {
      await ownBoth('plain');
      const sql = `
        CREATE SCHEMA app; CREATE TABLE app.t (id serial PRIMARY KEY); CREATE TABLE public.u (id int REFERENCES app.t);
        CREATE TYPE public.mood AS ENUM ('a'); CREATE FUNCTION public.f(public.mood) RETURNS int LANGUAGE sql AS 'SELECT 1';
        CREATE EXTENSION hstore SCHEMA public; CREATE TABLE public.h (h public.hstore);
        CREATE PUBLICATION p FOR TABLE app.t; CREATE CAST (public.mood AS int) WITH FUNCTION public.f(public.mood);
        SELECT lo_from_bytea(0, 'x'); ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO other;
        ALTER DATABASE ${OLD} SET work_mem = '9MB'; ALTER ROLE plain IN DATABASE ${OLD} SET work_mem = '8MB';
        COMMENT ON DATABASE ${OLD} IS 'ours'; GRANT CREATE ON DATABASE ${OLD} TO other;`;
      await server.query(OLD, `SET SESSION AUTHORIZATION plain; ${sql}`);
      // Of its own schema a role may drop what others have in it.
      await server.query(OLD, 'CREATE TABLE app.of_other (id int); ALTER TABLE app.of_other OWNER TO other');
      // What the server's administrators have done everywhere, and what makes work easier for owners.
      for (const name of [OLD, FRESH]) {
        await server.query(name, 'REVOKE EXECUTE ON FUNCTION pg_catalog.pg_control_system() FROM PUBLIC');
        await server.query(
          name,
          `ALTER SCHEMA public OWNER TO ${version >= 15 ? 'pg_database_owner' : 'plain'}`,
        );
      }
      const reporter = recordingReporter();
      const target = await open({ reporter }, 'plain');
      const archived = archivedFor(target);
      expect(await target.preflight(archived)).toEqual([]);
      await target.begin(archived);
      await target.commit();
      expect(await dump(OLD)).toBe(await dump(FRESH));
      expect(reporter.warnings).toEqual([]);
    });

    it('keeps an extension that the role may not drop and the archive has', async () => {
      await ownBoth('plain');
      const managed =
        'CREATE SCHEMA "Ext" AUTHORIZATION plain; CREATE EXTENSION hstore SCHEMA "Ext"; CREATE EXTENSION cube SCHEMA public;';
      await server.createDatabase(SOURCE, { template: 'template0' });
      await server.query('postgres', `ALTER DATABASE ${SOURCE} OWNER TO plain`);
      for (const name of [SOURCE, OLD]) await server.query(name, managed);
      await server.query(SOURCE, 'CREATE TABLE "Ext".t (h "Ext".hstore); ALTER TABLE "Ext".t OWNER TO plain');
      const old =
        'CREATE TABLE "Ext".t (old int); CREATE TABLE public.c (c cube); CREATE TYPE "Ext".e AS ENUM ();';
      await server.query(OLD, `SET SESSION AUTHORIZATION plain; ${old} COMMENT ON SCHEMA "Ext" IS 'old'`);
      const source = await openSource(server.url(SOURCE));
      onTestFinished(() => source.close());
      const target = await open({}, 'plain');
      expect(await target.preflight(source.facts)).toEqual([]);
      await copyAll(source, target);
      await target.commit();
      expect(await dump(OLD)).toBe(await dump(SOURCE));
      const problems = await target.preflight(archivedFor(target));
      expect(problems).toMatchObject([
        { message: 'role plain may not remove what belongs to postgres: extension cube, extension hstore' },
      ]);
      const elsewhere = {
        ...(facts()['requires'] as object),
        extensions: [{ name: 'hstore', schema: 'public' }],
      };
      expect(await target.preflight({ ...target.facts, requires: elsewhere })).toMatchObject([
        { message: 'role plain may not remove what belongs to postgres: extension cube' },
        {
          message:
            'the connecting role may not remove the extension hstore (in Ext, the archive has it in public)',
          hint: 'restore as a superuser, or first as postgres: DROP EXTENSION hstore CASCADE;',
        },
      ]);
    });

    it('leaves alone what others own of an extension that stays', async () => {
      await ownBoth('plain');
      await server.createDatabase(SOURCE, { template: 'template0' });
      for (const name of [SOURCE, OLD]) {
        await server.query(name, 'CREATE SCHEMA ext; CREATE EXTENSION hstore SCHEMA ext');
      }
      await server.query(
        SOURCE,
        `COMMENT ON EXTENSION hstore IS 'new'; COMMENT ON SCHEMA ext IS 'new'; GRANT CREATE ON SCHEMA ext TO other;
        ALTER SCHEMA ext OWNER TO plain; CREATE SCHEMA extra AUTHORIZATION plain; COMMENT ON SCHEMA extra IS 'new'`,
      );
      const source = await openSource(server.url(SOURCE));
      onTestFinished(() => source.close());
      const reporter = recordingReporter();
      const target = await open({ reporter }, 'plain');
      expect(await target.preflight(source.facts)).toEqual([]);
      await copyAll(source, target);
      await target.commit();
      const left = ['owner of ext', 'acl of ext', 'comment of ext', 'comment of hstore'];
      const warnings = reporter.warnings.join('\n');
      for (const change of left) expect(warnings).toContain(`others own what it is about: ${change}.`);
      expect(warnings).not.toContain('extra');
      expect(
        await server.query(OLD, `SELECT obj_description('extra'::regnamespace, 'pg_namespace') AS comment`),
      ).toEqual([{ comment: 'new' }]);
    });
  });
}
