import { createHash } from 'node:crypto';
import { Client, escapeIdentifier } from 'pg';
import { to } from 'pg-copy-streams';
import { OBJECT_DEFINITIONS } from './object-definitions.ts';

/** One line for each thing that was looked at (`table public.x`, …) with what must not differ. */
export type Fingerprint = ReadonlyMap<string, string>;

/**
 * Reads a whole database: the rows of every table and materialized view (their number and the SHA-256 of their COPY
 * text in the order of that text), the state of every sequence, and the definition of every object.
 *
 * @param url of a superuser
 */
export async function databaseFingerprint(url: string): Promise<Fingerprint> {
  const client = new Client(url);
  await client.connect();
  try {
    // Functions in definitions are shown with their schema.
    await client.query("SET search_path = ''; SET row_security = off");
    const found = new Map<string, string>();
    const { rows } = await client.query<{ kind: string; schema: string; name: string }>(RELATIONS);
    for (const { kind, schema, name } of rows) {
      const qualified = `${escapeIdentifier(schema)}.${escapeIdentifier(name)}`;
      const state =
        kind === 'sequence' ? await sequence(client, qualified) : await content(client, qualified);
      found.set(`${kind} ${schema}.${name}`, state);
    }
    const definitions = await client.query<{ object: string; definition: string }>(OBJECT_DEFINITIONS);
    for (const { object, definition } of definitions.rows) found.set(`definition of ${object}`, definition);
    return found;
  } finally {
    await client.end();
  }
}

const RELATIONS = `
SELECT CASE c.relkind WHEN 'S' THEN 'sequence' WHEN 'm' THEN 'materialized view' WHEN 'p' THEN 'partitioned table'
                      ELSE 'table' END AS kind,
       n.nspname AS schema, c.relname AS name
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'm', 'S') AND n.nspname !~ '^(pg_|information_schema$)'
ORDER BY 1, 2, 3`;

async function sequence(client: Client, qualified: string): Promise<string> {
  const { rows } = await client.query(`SELECT last_value, is_called FROM ${qualified}`);
  return JSON.stringify(rows[0]);
}

async function content(client: Client, qualified: string): Promise<string> {
  const hash = createHash('sha256');
  const copy = client.query(
    to(`COPY (SELECT t.* FROM ${qualified} t ORDER BY t::text COLLATE "C") TO STDOUT`),
  );
  for await (const chunk of copy) hash.update(chunk);
  return `${copy.rowCount} rows, SHA-256 ${hash.digest('hex')}`;
}
