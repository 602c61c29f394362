import { HoldfastError } from '../../../core/errors.ts';
import type { Session } from '../connection/session.ts';

const mostAttempts = 10;

interface WatchedCatalog {
  readonly name: string;
  /** What tells a row. */
  readonly key: string;
  /** The relation and the schema that a row belongs to. */
  readonly relation?: string;
  readonly schema?: string;
}

/** All catalogs that the server's own functions look into for a definition, an identity or a name, of any version. */
export const WATCHED_CATALOGS: readonly WatchedCatalog[] = [
  { name: 'pg_namespace', key: 'oid', schema: 'oid' },
  { name: 'pg_class', key: 'oid', relation: 'oid' },
  { name: 'pg_attribute', key: 'attrelid, attnum', relation: 'attrelid' },
  { name: 'pg_attrdef', key: 'oid', relation: 'adrelid' },
  { name: 'pg_constraint', key: 'oid', schema: 'connamespace' },
  { name: 'pg_index', key: 'indexrelid', relation: 'indrelid' },
  { name: 'pg_inherits', key: 'inhrelid, inhseqno', relation: 'inhrelid' },
  { name: 'pg_partitioned_table', key: 'partrelid', relation: 'partrelid' },
  { name: 'pg_trigger', key: 'oid', relation: 'tgrelid' },
  { name: 'pg_rewrite', key: 'oid', relation: 'ev_class' },
  { name: 'pg_policy', key: 'oid', relation: 'polrelid' },
  { name: 'pg_statistic_ext', key: 'oid', relation: 'stxrelid' },
  { name: 'pg_proc', key: 'oid', schema: 'pronamespace' },
  { name: 'pg_aggregate', key: 'aggfnoid' },
  { name: 'pg_type', key: 'oid', schema: 'typnamespace' },
  { name: 'pg_enum', key: 'oid' },
  { name: 'pg_range', key: 'rngtypid' },
  { name: 'pg_collation', key: 'oid', schema: 'collnamespace' },
  { name: 'pg_conversion', key: 'oid', schema: 'connamespace' },
  { name: 'pg_operator', key: 'oid', schema: 'oprnamespace' },
  { name: 'pg_opfamily', key: 'oid', schema: 'opfnamespace' },
  { name: 'pg_opclass', key: 'oid', schema: 'opcnamespace' },
  { name: 'pg_amop', key: 'oid' },
  { name: 'pg_amproc', key: 'oid' },
  { name: 'pg_am', key: 'oid' },
  { name: 'pg_cast', key: 'oid' },
  { name: 'pg_language', key: 'oid' },
  { name: 'pg_transform', key: 'oid' },
  { name: 'pg_extension', key: 'oid' },
  { name: 'pg_event_trigger', key: 'oid' },
  { name: 'pg_foreign_data_wrapper', key: 'oid' },
  { name: 'pg_foreign_server', key: 'oid' },
  { name: 'pg_foreign_table', key: 'ftrelid' },
  { name: 'pg_publication', key: 'oid' },
  { name: 'pg_publication_rel', key: 'oid' },
  { name: 'pg_publication_namespace', key: 'oid' },
  { name: 'pg_default_acl', key: 'oid' },
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
    const catalogs = await watchedCatalogs(leader);
    const before = await catalogState(leader, catalogs);
    const result = await read().then(
      (schema) => () => schema,
      (error: unknown) => () => {
        throw error;
      },
    );
    if (watcher === undefined || leader.isLost) return result();
    if (before === (await catalogState(watcher, catalogs))) return result();
    await leader.run('ROLLBACK');
  }
  throw new HoldfastError('failed', `The schema of ${leader.name} keeps changing while it is read.`, {
    hint: 'Try again when no objects are being made, changed or dropped.',
  });
}

/** Those that the server has. */
async function watchedCatalogs(session: Session): Promise<WatchedCatalog[]> {
  const rows = await session.query(`
    SELECT relname AS name FROM pg_catalog.pg_class WHERE relnamespace = 'pg_catalog'::pg_catalog.regnamespace`);
  const names = new Set(rows.map(({ name }) => name));
  return WATCHED_CATALOGS.filter(({ name }) => names.has(name));
}

/** A text that differs when any row of a schema's catalogs was added, changed or dropped; temporary objects aside. */
async function catalogState(session: Session, catalogs: readonly WatchedCatalog[]): Promise<string> {
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
