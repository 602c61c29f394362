import { HoldfastError } from '../../core/errors.ts';
import type { Session } from './connection/session.ts';

const mostAttempts = 10;

/** Catalogs whose rows make a schema, with what tells a row, and the relation and the schema that it belongs to. */
const catalogs: readonly { name: string; key: string; relation?: string; schema?: string }[] = [
  { name: 'pg_namespace', key: 'oid', schema: 'oid' },
  { name: 'pg_class', key: 'oid', relation: 'oid' },
  { name: 'pg_attribute', key: 'attrelid, attnum', relation: 'attrelid' },
  { name: 'pg_attrdef', key: 'oid', relation: 'adrelid' },
  { name: 'pg_constraint', key: 'oid', schema: 'connamespace' },
  { name: 'pg_index', key: 'indexrelid', relation: 'indrelid' },
  { name: 'pg_trigger', key: 'oid', relation: 'tgrelid' },
  { name: 'pg_rewrite', key: 'oid', relation: 'ev_class' },
  { name: 'pg_policy', key: 'oid', relation: 'polrelid' },
  { name: 'pg_proc', key: 'oid', schema: 'pronamespace' },
  { name: 'pg_type', key: 'oid', schema: 'typnamespace' },
  { name: 'pg_enum', key: 'oid' },
  { name: 'pg_extension', key: 'oid' },
  { name: 'pg_foreign_data_wrapper', key: 'oid' },
  { name: 'pg_foreign_server', key: 'oid' },
  { name: 'pg_foreign_table', key: 'ftrelid' },
  { name: 'pg_ts_parser', key: 'oid' },
  { name: 'pg_ts_template', key: 'oid' },
  { name: 'pg_ts_dict', key: 'oid' },
  { name: 'pg_ts_config', key: 'oid' },
  { name: 'pg_ts_config_map', key: 'mapcfg, maptokentype, mapseqno' },
];

/**
 * Reads a schema that nobody changes meanwhile. The server's functions that write definitions look at the newest state
 * of the catalogs, not at the snapshot's: what is dropped or renamed between snapshot and reading would be missing from
 * a definition, or have two names. Then `begin` and `read` are run again, in a new transaction.
 *
 * @param leader the session whose transaction `begin` begins with a snapshot
 * @param watcher another session on the same server, in no transaction; without it nothing is noticed
 * @throws HoldfastError `failed` when the schema keeps changing; what `read` throws when it does not
 */
export async function readSteadily<Schema>(
  leader: Session,
  watcher: Session | undefined,
  { begin, read }: { begin(): Promise<void>; read(): Promise<Schema> },
): Promise<Schema> {
  for (let attempt = 1; attempt <= mostAttempts; attempt += 1) {
    await begin();
    const before = await catalogState(leader);
    const result = await read().then(
      (schema) => () => schema,
      (error: unknown) => () => {
        throw error;
      },
    );
    if (watcher === undefined || leader.isLost) return result();
    if (before === (await catalogState(watcher))) return result();
    await leader.run('ROLLBACK');
  }
  throw new HoldfastError('failed', `The schema of ${leader.name} keeps changing while it is read.`, {
    hint: 'Try again when no objects are being made, changed or dropped.',
  });
}

/** A text that differs when any row of a schema's catalogs was added, changed or dropped; temporary objects aside. */
async function catalogState(session: Session): Promise<string> {
  const counts = catalogs.map(({ name, key, relation, schema }) => {
    const conditions = [
      relation && `${relation} NOT IN (SELECT oid FROM hidden_class)`,
      schema && `${schema} NOT IN (SELECT oid FROM hidden_schema)`,
    ].filter(Boolean);
    return `SELECT '${name}', pg_catalog.count(*),
        pg_catalog.sum(pg_catalog.hashtextextended(pg_catalog.concat_ws(' ', ${key}, xmin), 0))
      FROM pg_catalog.${name} ${conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`}`;
  });
  const [row] = await session.query(`
    WITH hidden_schema AS (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname ~ '^pg_(temp|toast)'),
      hidden_class AS (SELECT oid FROM pg_catalog.pg_class WHERE relnamespace IN (SELECT oid FROM hidden_schema)),
      counts(catalog, rows, hash) AS (
        ${counts.join('\n        UNION ALL ')}
        UNION ALL SELECT 'pg_roles', pg_catalog.count(*), pg_catalog.sum(pg_catalog.hashtextextended(rolname::text, oid::int8))
        FROM pg_catalog.pg_roles)
    SELECT pg_catalog.string_agg(catalog || ' ' || rows || ' ' || coalesce(hash, 0), ', ' ORDER BY catalog) AS state FROM counts`);
  return row?.['state'] ?? '';
}
