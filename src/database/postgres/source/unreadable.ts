import { HoldfastError } from '../../../core/errors.ts';
import { printable } from '../../../core/printable.ts';
import { createCatalog } from '../catalog/catalog.ts';
import { qualifiedName, quoteIdentifier } from '../catalog/sql/identifiers.ts';
import { unreadableLargeObjects } from '../catalog/kinds/large-object.ts';
import { unreadableSubscriptions } from '../catalog/kinds/subscription.ts';
import { unreadableUserMappings } from '../catalog/kinds/user-mapping.ts';
import type { SchemaOptions } from '../catalog/schema.ts';
import type { UnreadableObject } from '../catalog/unreadable-object.ts';
import type { Session } from '../connection/session.ts';
import { majorVersion } from '../facts.ts';

/** How many a message names before it only counts. */
const MAX_NAMED = 50;

interface UnreadableRow extends Record<string, string | null> {
  /**
   * `schema`, `table`, `sequence`: the role lacks a privilege; `rows`: a policy would hide rows from it; `unlogged table`,
   * `unlogged sequence`: a standby does not have what is in it.
   */
  what: string;
  schema: string;
  name: string;
  /** The table that a sequence belongs to, or the object itself. */
  table_schema: string;
  table_name: string;
}

const PRIVILEGES: Readonly<Record<string, string>> = {
  schema: 'USAGE ON SCHEMA',
  table: 'SELECT ON TABLE',
  sequence: 'SELECT ON SEQUENCE',
};

/**
 * Looks before a backup for everything that the connected role may not read, so that it is named at once and not one by
 * one in the middle.
 * @param versionNumber the server's server_version_num
 * @throws HoldfastError `failed` naming all of it, with what mends it
 */
export async function refuseUnreadable(
  session: Session,
  versionNumber: number,
  { excludeTable, excludeRows, selectTable }: SchemaOptions,
): Promise<void> {
  const wanted = (await readUnreadable(session)).filter(
    ({ what, table_schema: schema, table_name: name }) =>
      !excludeTable(schema, name) && !(isAboutRows(what) && excludeRows(schema, name)),
  );
  // A schema comes with each of its tables.
  const rows = [...new Map(wanted.map((row) => [describe(row), row])).values()];
  // Who asks for some tables need not be able to read what belongs to none.
  const objects = selectTable === undefined ? await readUnreadableObjects(session) : [];
  const found = [...rows.map(describe), ...objects.map(({ description }) => printable(description))];
  if (found.length === 0) return;
  const lines = found.slice(0, MAX_NAMED);
  if (found.length > MAX_NAMED) lines.push(`and ${found.length - MAX_NAMED} more`);
  const role = await readingRole(session);
  const login = session.address.user;
  const who = printable(role === login ? role : `${role}, which ${login} is set to,`);
  throw new HoldfastError(
    'failed',
    `The role ${who} cannot read all of ${session.name}:\n  ${lines.join('\n  ')}`,
    { hint: mends(rows, objects, role, versionNumber).join('\n') },
  );
}

/** Whose rights count: a setting (`ALTER ROLE … SET role`) makes it another than who has connected. */
async function readingRole(session: Session): Promise<string> {
  const [row] = await session.query('SELECT current_user AS role');
  return row?.['role'] ?? session.address.user;
}

function isAboutRows(what: string): boolean {
  return what === 'rows' || what === 'unlogged table';
}

function describe({ what, schema, name }: UnreadableRow): string {
  if (what === 'rows')
    return printable(`rows of table ${schema}.${name}: row-level security hides some from it`);
  if (what.startsWith('unlogged'))
    return printable(`${what} ${schema}.${name}: a standby does not have its content`);
  const label = what === 'schema' ? schema : `${schema}.${name}`;
  return printable(`${what} ${label}: it lacks ${PRIVILEGES[what]?.split(' ')[0]}`);
}

async function readUnreadableObjects(session: Session): Promise<UnreadableObject[]> {
  const catalog = createCatalog((sql, values) => session.query(sql, values), 0);
  return [
    ...(await unreadableUserMappings(catalog)),
    ...(await unreadableSubscriptions(catalog)),
    ...(await unreadableLargeObjects(catalog)),
  ];
}

function mends(
  rows: readonly UnreadableRow[],
  objects: readonly UnreadableObject[],
  reader: string,
  versionNumber: number,
): string[] {
  const role = quoteIdentifier(reader);
  const hints: string[] = [];
  const denied = rows.filter(({ what }) => what in PRIVILEGES);
  const [first] = denied;
  // The role pg_read_all_data came with 14.
  const hasReadAll = majorVersion(versionNumber) >= 14;
  if (hasReadAll && (first !== undefined || objects.some(({ isData }) => isData)))
    hints.push(
      `To let it read everything${objects.some(({ isData }) => !isData) ? ' but large objects' : ''}: GRANT pg_read_all_data TO ${role};`,
    );
  if (first !== undefined) {
    if (!hasReadAll) {
      const schemas = [...new Set(denied.map(({ schema }) => quoteIdentifier(schema)))].join(', ');
      hints.push(
        `To let it read all tables: GRANT USAGE ON SCHEMA ${schemas} TO ${role}; GRANT SELECT ON ALL TABLES IN SCHEMA ` +
          `${schemas} TO ${role}; GRANT SELECT ON ALL SEQUENCES IN SCHEMA ${schemas} TO ${role};`,
      );
    }
    const { what, schema, name } = first;
    const object = what === 'schema' ? quoteIdentifier(schema) : qualifiedName(schema, name);
    hints.push(
      `To let it read one object: GRANT ${PRIVILEGES[what]} ${object} TO ${role};`,
      'Tables that need not be backed up are left out with --exclude-table.',
    );
  }
  hints.push(...new Set(objects.map(({ mend }) => mend)));
  if (rows.some(({ what }) => what === 'rows')) {
    hints.push(
      `Row-level security never thins a backup: connect as a superuser, or ALTER ROLE ${role} BYPASSRLS;`,
      'or leave the rows of such tables out with --exclude-table-data.',
    );
  }
  if (rows.some(({ what }) => what.startsWith('unlogged'))) {
    hints.push(
      'Back up the primary, or leave rows of unlogged tables out with --exclude-table-data, sequences with --exclude-table and their tables.',
    );
  }
  return hints;
}

function readUnreadable(session: Session): Promise<UnreadableRow[]> {
  const { isUserObject } = createCatalog((sql, values) => session.query(sql, values), 0);
  const isUser = isUserObject("'pg_catalog.pg_class'::pg_catalog.regclass", 'c.oid');
  const isConfiguration = `c.oid = ANY (SELECT pg_catalog.unnest(extconfig) FROM pg_catalog.pg_extension)`;
  // A table of another session's that is temporary concerns nobody.
  const relations = `
      SELECT c.oid, c.relkind, c.relpersistence, c.relnamespace, n.nspname, c.relname
      FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
      WHERE c.relkind IN ('r', 'p', 'S') AND c.relpersistence <> 't' AND n.nspname <> 'information_schema'
        AND (${isUser} OR ${isConfiguration})`;
  return session.query<UnreadableRow>(`
    WITH relations AS (${relations}),
      tables AS (SELECT * FROM relations WHERE relkind <> 'S'),
      sequences AS (
        SELECT s.*, coalesce(t.nspname, s.nspname) AS table_schema, coalesce(t.relname, s.relname) AS table_name
        FROM relations AS s
        LEFT JOIN pg_catalog.pg_depend AS d ON d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
          AND d.objid = s.oid AND d.refclassid = d.classid AND d.refobjsubid > 0 AND d.deptype IN ('a', 'i')
        LEFT JOIN tables AS t ON t.oid = d.refobjid
        WHERE s.relkind = 'S')
    SELECT 'schema' AS what, nspname AS schema, '' AS name, nspname AS table_schema, relname AS table_name
    FROM tables WHERE NOT pg_catalog.has_schema_privilege(relnamespace, 'USAGE')
    UNION ALL
    SELECT 'schema', nspname, '', table_schema, table_name
    FROM sequences WHERE NOT pg_catalog.has_schema_privilege(relnamespace, 'USAGE')
    UNION ALL
    SELECT 'table', nspname, relname, nspname, relname FROM tables
    WHERE NOT pg_catalog.has_table_privilege(oid, 'SELECT')
    UNION ALL
    SELECT 'sequence', nspname, relname, table_schema, table_name FROM sequences
    WHERE NOT pg_catalog.has_sequence_privilege(oid, 'SELECT')
    UNION ALL
    SELECT 'rows', nspname, relname, nspname, relname FROM tables
    WHERE relkind = 'r' AND pg_catalog.row_security_active(oid)
    UNION ALL
    SELECT 'unlogged table', nspname, relname, nspname, relname FROM tables
    WHERE relkind = 'r' AND relpersistence = 'u' AND pg_catalog.pg_is_in_recovery()
    UNION ALL
    SELECT 'unlogged sequence', nspname, relname, table_schema, table_name FROM sequences
    WHERE relpersistence = 'u' AND pg_catalog.pg_is_in_recovery()
    ORDER BY 1, 2, 3`);
}
