import { emptyListClause, parseSetting, setClause } from '../sql/configuration-parameter.ts';
import { CURRENT_DATABASE, onCurrentDatabase } from '../sql/current-database.ts';
import { quoteIdentifier } from '../sql/identifiers.ts';
import type { Catalog, ObjectKind, SchemaObject } from '../object.ts';

interface SettingsRow extends Record<string, string | null> {
  role_oid: string;
  role: string | null;
  settings: string;
}

interface PropertiesRow extends Record<string, string | null> {
  oid: string;
  is_template: string;
  connections: string;
}

/** Configuration parameters of the database, for all roles or for one, and its properties. */
export const databaseSettingsKind: ObjectKind = {
  name: 'database setting',
  async collect(catalog) {
    const rows = await catalog.query<SettingsRow>(
      `SELECT s.setrole::int8 AS role_oid, r.rolname AS role, array_to_json(s.setconfig) AS settings
        FROM pg_db_role_setting s
        LEFT JOIN pg_roles r ON r.oid = s.setrole
        WHERE s.setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database())`,
    );
    return [...rows.map(settingsObject), ...(await propertiesObject(catalog))];
  },
};

/**
 * How many connections it takes, and whether everyone may copy it, unless as in every new database. What cannot be backed
 * up but by allowing connections is not among them.
 */
async function propertiesObject(catalog: Catalog): Promise<SchemaObject[]> {
  const rows = await catalog.query<PropertiesRow>(`
    SELECT oid, datistemplate AS is_template, datconnlimit AS connections
    FROM pg_catalog.pg_database
    WHERE datname = pg_catalog.current_database() AND (datistemplate OR datconnlimit <> -1)`);
  return rows.map(({ oid, is_template, connections }) => {
    const options = [
      ...(is_template === 't' ? ['IS_TEMPLATE true'] : []),
      ...(connections === '-1' ? [] : [`CONNECTION LIMIT ${connections}`]),
    ];
    const sql = onCurrentDatabase(`ALTER DATABASE ${CURRENT_DATABASE} ${options.join(' ')}`);
    return {
      id: `database_properties:${Number(oid)}`,
      kind: 'DATABASE SETTING',
      schema: null,
      name: 'database',
      section: 'post-data',
      statements: () => [{ kind: 'DATABASE SETTING', schema: null, name: 'database', sql }],
    };
  });
}

function settingsObject(row: SettingsRow): SchemaObject {
  const subject =
    row.role === null
      ? `ALTER DATABASE ${CURRENT_DATABASE}`
      : `ALTER ROLE ${quoteIdentifier(row.role)} IN DATABASE ${CURRENT_DATABASE}`;
  const sql = (JSON.parse(row.settings) as string[]).map(parseSetting).flatMap((setting) => {
    const clause = setClause(setting);
    if (clause !== null) return [onCurrentDatabase(`${subject} ${clause}`)];
    const empty = emptyListClause(setting);
    return [empty.first, onCurrentDatabase(`${subject} ${empty.clause}`)];
  });
  const name = row.role ?? 'database';
  return {
    id: `pg_db_role_setting:${Number(row.role_oid)}`,
    kind: 'DATABASE SETTING',
    schema: null,
    name,
    section: 'post-data',
    roles: { others: row.role === null ? [] : [row.role] },
    statements: () => sql.map((text) => ({ kind: 'DATABASE SETTING', schema: null, name, sql: text })),
  };
}
