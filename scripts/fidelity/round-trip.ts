import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { escapeIdentifier } from 'pg';
import { compareCatalogs } from './catalogs.ts';
import { compareDumps, countLines, dump, measureDump } from './dump.ts';
import type { Holdfast } from './holdfast.ts';
import type { SuiteServer } from './server.ts';

/** What came of one database. */
export interface RoundTrip {
  readonly database: string;
  /** What pg_dump writes of the source: its entries by kind of object. */
  readonly objects: ReadonlyMap<string, number>;
  /** The lines of that dump. */
  readonly lines: number;
  /** Lines of it that differ after backup and restore; none when it could not be restored. */
  readonly differing: number | undefined;
  /** Rows of the system catalogs that differ then. */
  readonly catalogs: number | undefined;
  /** Lines that differ after pg_dump and psql. */
  readonly stock: number | undefined;
  readonly backupSeconds: number;
  readonly restoreSeconds: number;
  /** Why it could not be restored. */
  readonly failure?: string;
}

/**
 * Backs a database up, restores it, and holds both against each other; then the same with pg_dump and psql. The restored
 * database has the name of the source, which stands aside meanwhile: nothing in a dump needs to be changed to compare it.
 *
 * @param folder takes the dumps, the differences and the archive
 */
export async function roundTrip(
  server: SuiteServer,
  database: string,
  { holdfast, folder }: { holdfast: Holdfast; folder: string },
): Promise<RoundTrip> {
  const path = (suffix: string): string => join(folder, `${database}.${suffix}`);
  const source = `source of ${database}`;
  await dump(server, database, path('source.sql'));
  const found = { database, ...(await measureDump(path('source.sql'))) };
  let [backupSeconds, restoreSeconds] = [0, 0];
  let failure: string | undefined;
  let differing: number | undefined;
  let catalogs: number | undefined;
  try {
    backupSeconds = await seconds(() =>
      holdfast(['backup', path('zip'), '--database', server.url(database)]),
    );
    await rename(server, database, source);
    await createAlike(server, database, source);
    restoreSeconds = await seconds(() =>
      holdfast(['restore', path('zip'), '--database', server.url(database), '--yes']),
    );
    await dump(server, database, path('restored.sql'));
    const diff = await compareDumps(path('source.sql'), path('restored.sql'));
    await writeFile(path('diff'), diff, 'latin1');
    differing = countLines(diff);
    const rows = await compareCatalogs(server, source, database);
    await writeFile(path('catalogs.diff'), rows.map((row) => `${row}\n`).join(''));
    catalogs = rows.length;
  } catch (error) {
    failure = (error as Error).message;
    await writeFile(path('failure'), failure);
  }
  if (await exists(server, source)) {
    if (await exists(server, database)) await rename(server, database, `restored ${database}`);
  } else await rename(server, database, source);
  const stock = await stockRoundTrip(server, database, path);
  return {
    ...found,
    differing,
    catalogs,
    stock,
    backupSeconds,
    restoreSeconds,
    ...(failure === undefined ? {} : { failure }),
  };
}

/** The lines that differ when psql runs what pg_dump has written. */
async function stockRoundTrip(
  server: SuiteServer,
  database: string,
  path: (suffix: string) => string,
): Promise<number> {
  const args = ['--no-psqlrc', '--quiet', '--dbname', 'template1', '--file', path('source.sql')];
  const { stderr } = await server.run('psql', args);
  await writeFile(path('psql.log'), stderr);
  await dump(server, database, path('stock.sql'));
  const diff = await compareDumps(path('source.sql'), path('stock.sql'));
  await writeFile(path('stock.diff'), diff, 'latin1');
  return countLines(diff);
}

async function rename(server: SuiteServer, from: string, to: string): Promise<void> {
  await server.query(
    'template1',
    `ALTER DATABASE ${escapeIdentifier(from)} RENAME TO ${escapeIdentifier(to)}`,
  );
}

async function exists(server: SuiteServer, name: string): Promise<boolean> {
  const databases = await server.query<{ datname: string }>('template1', 'SELECT datname FROM pg_database');
  return databases.some(({ datname }) => datname === name);
}

/** Makes an empty database with everything that belongs to whoever makes it: encoding, locale, owner, limit. */
async function createAlike(server: SuiteServer, database: string, model: string): Promise<void> {
  const [found] = await server.query<{ sql: string }>(
    'template1',
    `SELECT format('CREATE DATABASE %I TEMPLATE template0 OWNER %I ENCODING %L LC_COLLATE %L LC_CTYPE %L LOCALE_PROVIDER %I'
       || CASE datlocprovider WHEN 'i' THEN format(' ICU_LOCALE %L', daticulocale) ELSE '' END
       || ' TABLESPACE %I CONNECTION LIMIT %s IS_TEMPLATE %s',
       $name$${database}$name$, pg_get_userbyid(datdba), pg_encoding_to_char(encoding), datcollate, datctype,
       CASE datlocprovider WHEN 'i' THEN 'icu' ELSE 'libc' END, spcname, datconnlimit, datistemplate::text) AS sql
     FROM pg_database JOIN pg_tablespace t ON t.oid = dattablespace WHERE datname = $name$${model}$name$`,
  );
  await server.query('template1', found?.sql ?? '');
}

async function seconds(work: () => Promise<void>): Promise<number> {
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1000;
}
