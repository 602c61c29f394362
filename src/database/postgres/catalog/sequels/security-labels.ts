import type { Statement } from '../../../engine.ts';
import { CURRENT_DATABASE, onCurrentDatabase } from '../sql/current-database.ts';
import { quoteIdentifier, quoteLiteral } from '../sql/identifiers.ts';
import type { Catalog, ObjectId } from '../object.ts';

/** The kind of the statements. */
const SECURITY_LABEL_KIND = 'SECURITY LABEL';

export interface SecurityLabel {
  readonly id: ObjectId;
  /** The module that gives the label a meaning: a server without it takes none of its labels. */
  readonly provider: string;
  readonly statement: Statement;
}

interface LabelRow extends Record<string, string | null> {
  id: ObjectId;
  provider: string;
  type: string;
  identity: string;
  schema: string | null;
  name: string;
  label: string;
}

/**
 * The security labels on all objects and columns of users, on members of extensions, on schema public and on the database.
 * Those of the server's own objects stay the server's, and those of roles and tablespaces the cluster's.
 */
export async function readSecurityLabels(catalog: Catalog): Promise<SecurityLabel[]> {
  const rows = await catalog.query<LabelRow>(`
    SELECT c.relname || ':' || l.objoid AS id, l.provider, i.type, i.identity, i.schema,
      coalesce(i.name, i.identity) AS name, l.label
    FROM (
      SELECT classoid, objoid, objsubid, provider, label FROM pg_catalog.pg_seclabel
      WHERE objoid >= 16384 OR classoid = 'pg_catalog.pg_namespace'::pg_catalog.regclass
        AND objoid = (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = 'public')
      UNION ALL
      SELECT classoid, objoid, 0, provider, label FROM pg_catalog.pg_shseclabel
      WHERE classoid = 'pg_catalog.pg_database'::pg_catalog.regclass
          AND objoid = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
        -- Those of other databases belong to no object that was collected.
        OR classoid = 'pg_catalog.pg_subscription'::pg_catalog.regclass
    ) AS l
    JOIN pg_catalog.pg_class AS c ON c.oid = l.classoid
    CROSS JOIN LATERAL pg_catalog.pg_identify_object(l.classoid, l.objoid, l.objsubid) AS i
    ORDER BY i.type, l.objsubid, i.identity COLLATE "C", l.provider COLLATE "C"`);
  return rows.map(({ id, provider, type, identity, schema, name, label }) => {
    const isDatabase = type === 'database';
    const object = isDatabase ? `DATABASE ${CURRENT_DATABASE}` : `${labelledType(type)} ${identity}`;
    const sql = `SECURITY LABEL FOR ${quoteIdentifier(provider)} ON ${object} IS ${quoteLiteral(label)}`;
    return {
      id,
      provider,
      statement: {
        kind: SECURITY_LABEL_KIND,
        schema,
        name: isDatabase ? 'database' : name,
        sql: isDatabase ? onCurrentDatabase(sql) : `${sql};`,
      },
    };
  });
}

/** What SECURITY LABEL calls what pg_identify_object() calls `type`, in the syntax that takes its `identity`. */
function labelledType(type: string): string {
  if (type.endsWith(' column')) return 'COLUMN';
  return type === 'aggregate' ? 'ROUTINE' : type.toUpperCase();
}
