import { pipeline } from 'node:stream/promises';
import { Client } from 'pg';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';
import { createCatalog } from '../../../src/database/postgres/catalog/catalog.ts';
import {
  columnList,
  qualifiedName,
  quoteIdentifier,
} from '../../../src/database/postgres/catalog/identifiers.ts';
import { type DatabaseSchema, readSchema } from '../../../src/database/postgres/catalog/schema.ts';
import { pgDump } from '../../servers/postgres-tools.ts';
import type { PostgresServer } from '../../servers/postgres.ts';

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

/** Makes the database `target` from `source` by the statements that Holdfast exports, in one transaction. */
export async function copyDatabase(server: PostgresServer, source: string, target: string): Promise<void> {
  await server.createDatabase(target);
  await withSnapshot(server, source, ({ schema, client }) =>
    withClient(server.url(target), async (restored) => {
      const execute = async (statement: { sql: string }) => {
        await restored.query(statement.sql).catch((error: Error) => {
          throw new Error(`${error.message}, in:\n${statement.sql}`, { cause: error });
        });
      };
      await restored.query('BEGIN');
      for (const statement of schema.preData) await execute(statement);
      for (const { schema: schemaName, name, columns } of schema.tables) {
        const relation = qualifiedName(schemaName, name) + columnList(columns);
        await pipeline(
          client.query(copyTo(`COPY ${relation} TO STDOUT`)),
          restored.query(copyFrom(`COPY ${relation} FROM STDIN`)),
        );
      }
      for (const statement of schema.postData) await execute(statement);
      await restored.query('COMMIT');
    }),
  );
}

/** Everything by which two databases are compared. */
export interface Fingerprint {
  /** What pg_dump writes, schema and rows, with the database's own settings, but for the database's name. */
  readonly dump: string;
  /** What Holdfast exports, without what differs between any two databases. */
  readonly preData: readonly string[];
  readonly postData: readonly string[];
  readonly tables: readonly string[];
}

export async function fingerprint(server: PostgresServer, database: string): Promise<Fingerprint> {
  const dump = (await pgDump(server, database, ['--create'])).replaceAll(database, 'database');
  return withSnapshot(server, database, async ({ schema }) => {
    const texts = (statements: DatabaseSchema['preData']) =>
      statements.map(
        ({ kind, schema: schemaName, name, sql }) => `${kind} ${schemaName ?? ''} ${name}: ${sql}`,
      );
    return {
      dump,
      preData: texts(schema.preData),
      postData: texts(schema.postData),
      tables: schema.tables.map(({ schema: schemaName, name, columns }) =>
        [schemaName, name, ...columns].map(quoteIdentifier).join(' '),
      ),
    };
  });
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
