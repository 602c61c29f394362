import { Client } from 'pg';
import type { DatabaseSource, DatabaseTarget, TableInfo } from '../../../src/database/engine.ts';
import { createCatalog } from '../../../src/database/postgres/catalog/catalog.ts';
import { quoteIdentifier } from '../../../src/database/postgres/catalog/sql/identifiers.ts';
import { type DatabaseSchema, readSchema } from '../../../src/database/postgres/catalog/schema.ts';
import { pgDump } from '../../servers/postgres-tools.ts';
import type { PostgresServer } from '../../servers/postgres.ts';
import { copyAll, openReplacing, openSource } from './copy-all.ts';

export interface Snapshot {
  readonly schema: DatabaseSchema;
  /** The connection whose transaction is the snapshot. */
  readonly client: Client;
}

const NOTHING_EXCLUDED = { excludeTable: () => false, excludeRows: () => false };

/** Reads a database's schema in a snapshot, which lasts as long as `use`. */
export async function withSnapshot<T>(
  server: PostgresServer,
  database: string,
  use: (snapshot: Snapshot) => Promise<T>,
  options: { role?: string; excludeTable?: (schema: string, name: string) => boolean } = {},
): Promise<T> {
  return withClient(server.url(database, options.role), async (client) => {
    await client.query(`BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
      SET LOCAL search_path = ''; SET LOCAL row_security = off`);
    const { rows } = await client.query(`SELECT current_setting('server_version_num')::int AS version`);
    const query = async (sql: string, values: readonly unknown[] = []) => {
      const result = await client.query({
        text: sql,
        values: [...values],
        types: { getTypeParser: () => String },
      });
      return result.rows as Record<string, string | null>[];
    };
    const catalog = createCatalog(query, rows[0].version);
    const schema = await readSchema(catalog, { ...NOTHING_EXCLUDED, ...options });
    return use({ schema, client });
  });
}

/**
 * Makes the database `target` from `source` as a backup and a restore with so many `jobs` do. The result is what the backup
 * exported.
 */
export async function copyDatabase(
  server: PostgresServer,
  source: string,
  target: string,
  jobs = 2,
): Promise<Exported> {
  await server.createDatabase(target);
  const from = await openSource(server.url(source));
  try {
    const to = await openReplacing(server.url(target), { replace: false, jobs });
    try {
      await copyAll(from, withStatements(to));
      await to.commit();
      await to.clean();
      return exportedOf(from);
    } finally {
      await to.close();
    }
  } finally {
    await from.close();
  }
}

/** The target, with errors that show the statement they are about. */
function withStatements(target: DatabaseTarget): Pick<DatabaseTarget, 'begin' | 'execute' | 'load'> {
  return {
    begin: (facts) => target.begin(facts),
    load: (table, rows) => target.load(table, rows),
    execute: (statement) =>
      target.execute(statement).catch((error: Error) => {
        throw new Error(`${error.message}, in:\n${statement.sql}`, { cause: error });
      }),
  };
}

/** What Holdfast exports of a database, without what differs between any two. */
export interface Exported {
  readonly preData: readonly string[];
  readonly postData: readonly string[];
  readonly tables: readonly string[];
}

/** Everything by which two databases are compared. */
export interface Fingerprint extends Exported {
  /** What pg_dump writes, schema and rows, with the database's own settings, but for the database's name. */
  readonly dump: string;
  /** What pg_dump does not show: an index of a partitioned table that not all partitions have. */
  readonly invalidIndexes: readonly unknown[];
}

/** @param exported what a backup has exported, where there has been one: its schema is not read again */
export async function fingerprint(
  server: PostgresServer,
  database: string,
  exported?: Exported,
): Promise<Fingerprint> {
  const dump = (await pgDump(server, database, ['--create'])).replaceAll(database, 'database');
  const invalidIndexes = await server.query(
    database,
    `SELECT i.indexrelid::regclass::text AS name FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
    WHERE NOT i.indisvalid AND c.relkind = 'I' ORDER BY 1`,
  );
  const read = () => withSnapshot(server, database, async ({ schema }) => exportedOf(schema));
  return { dump, invalidIndexes, ...(exported ?? (await read())) };
}

function exportedOf({
  preData,
  postData,
  tables,
}: Pick<DatabaseSource, 'preData' | 'postData'> & { tables: readonly TableInfo[] }): Exported {
  const texts = (statements: DatabaseSource['preData']) =>
    statements.map(({ kind, schema, name, sql }) => `${kind} ${schema ?? ''} ${name}: ${sql}`);
  return {
    preData: texts(preData),
    postData: texts(postData),
    tables: tables.map(({ schema, name, columns }) =>
      [schema, name, ...columns].map(quoteIdentifier).join(' '),
    ),
  };
}

async function withClient<T>(url: string, use: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client(url);
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}
