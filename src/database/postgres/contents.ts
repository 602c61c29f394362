import { createCatalog } from './catalog/catalog.ts';
import type { Session } from './connection/session.ts';

/**
 * Catalogs whose rows are objects of a database, each with how to name one. Objects that live within others (columns,
 * constraints, triggers, …) come with those.
 */
const catalogs: Readonly<
  Record<string, { readonly kind: string; readonly name: string; readonly schema?: string }>
> = {
  pg_namespace: { kind: 'schema', name: 'nspname' },
  pg_extension: { kind: 'extension', name: 'extname' },
  pg_class: { kind: 'relation', name: 'relname', schema: 'relnamespace' },
  pg_type: { kind: 'type', name: 'typname', schema: 'typnamespace' },
  pg_proc: { kind: 'function', name: 'proname', schema: 'pronamespace' },
  pg_operator: { kind: 'operator', name: 'oprname', schema: 'oprnamespace' },
  pg_opclass: { kind: 'operator class', name: 'opcname', schema: 'opcnamespace' },
  pg_opfamily: { kind: 'operator family', name: 'opfname', schema: 'opfnamespace' },
  pg_am: { kind: 'access method', name: 'amname' },
  pg_cast: { kind: 'cast', name: 'oid::text' },
  pg_collation: { kind: 'collation', name: 'collname', schema: 'collnamespace' },
  pg_conversion: { kind: 'conversion', name: 'conname', schema: 'connamespace' },
  pg_language: { kind: 'language', name: 'lanname' },
  pg_transform: { kind: 'transform', name: 'oid::text' },
  pg_ts_config: { kind: 'text search configuration', name: 'cfgname', schema: 'cfgnamespace' },
  pg_ts_dict: { kind: 'text search dictionary', name: 'dictname', schema: 'dictnamespace' },
  pg_ts_parser: { kind: 'text search parser', name: 'prsname', schema: 'prsnamespace' },
  pg_ts_template: { kind: 'text search template', name: 'tmplname', schema: 'tmplnamespace' },
  pg_foreign_data_wrapper: { kind: 'foreign data wrapper', name: 'fdwname' },
  pg_foreign_server: { kind: 'foreign server', name: 'srvname' },
  pg_statistic_ext: { kind: 'statistics object', name: 'stxname', schema: 'stxnamespace' },
  pg_event_trigger: { kind: 'event trigger', name: 'evtname' },
  pg_publication: { kind: 'publication', name: 'pubname' },
  pg_default_acl: { kind: 'default privileges', name: 'oid::text' },
  pg_largeobject_metadata: { kind: 'large object', name: 'oid::text' },
};

/** Schemas that every database has, or that belong to sessions; plpgsql comes with every database, even when made anew. */
const standard = `(item.kind = 'schema' AND item.name = 'public')
  OR (item.kind = 'extension' AND item.name = 'plpgsql')
  OR (item.kind = 'schema' AND item.name ~ '^pg_(temp|toast)')
  -- What pg_import_system_collations() brings.
  OR (item.kind = 'collation' AND item.schema = 'pg_catalog')
  OR (item.schema IS NOT NULL AND item.schema ~ '^pg_(temp|toast)')`;

/** Up to `limit` objects of users in a session's database, by kind and name. None means that it is empty. */
export async function findUserObjects(session: Session, limit: number): Promise<string[]> {
  const { isUserObject } = createCatalog((sql, values) => session.query(sql, values), 0);
  const selects = Object.entries(catalogs).map(
    ([catalog, { kind, name, schema }]) => `
      SELECT '${kind}' AS kind, ${name}::text AS name,
        ${schema ? `(SELECT nspname FROM pg_catalog.pg_namespace WHERE oid = row.${schema})` : 'NULL'}::text AS schema
      FROM pg_catalog.${catalog} AS row
      WHERE ${isUserObject(`'pg_catalog.${catalog}'::pg_catalog.regclass`, 'row.oid')}`,
  );
  // Subscriptions are shared by all databases of a server.
  selects.push(`SELECT 'subscription', subname::text, NULL FROM pg_catalog.pg_subscription
    WHERE subdbid = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())`);
  const rows = await session.query(`
    SELECT item.kind || ' ' || coalesce(item.schema || '.', '') || item.name AS object
    FROM (${selects.join('\n UNION ALL ')}) AS item
    WHERE NOT (${standard})
    LIMIT ${limit}`);
  return rows.map((row) => row['object'] ?? '');
}
