import { HoldfastError } from '../../../../core/errors.ts';
import { optionsClause } from '../sql/foreign-options.ts';
import { quoteIdentifier } from '../sql/identifiers.ts';
import type { Catalog, ObjectKind } from '../object.ts';
import type { UnreadableObject } from '../unreadable-object.ts';

interface MappingRow extends Record<string, string | null> {
  oid: string;
  server_oid: string;
  server: string;
  /** Null for PUBLIC. */
  role: string | null;
  is_readable: string;
  /** The connected role. */
  reader: string;
  options: string;
}

/** User mappings, with the passwords in their options. They exist as long as their server and have no other owner. */
export const userMappingKind: ObjectKind = {
  name: 'user mapping',
  async collect(catalog) {
    const rows = await readMappings(catalog);
    return rows.map((row) => {
      const role = row.role === null ? 'PUBLIC' : quoteIdentifier(row.role);
      const server = quoteIdentifier(row.server);
      const name = nameOf(row);
      const sql = `CREATE USER MAPPING FOR ${role} SERVER ${server}${row.options};`;
      return {
        id: `pg_user_mapping:${Number(row.oid)}`,
        kind: 'USER MAPPING',
        schema: null,
        name,
        section: 'pre-data',
        // pg_depend records none of this for the mapping of a member of an extension.
        partOf: [`pg_foreign_server:${Number(row.server_oid)}`],
        roles: { others: row.role === null ? [] : [row.role] },
        statements: () => {
          if (row.is_readable !== 'true') throw unreadable(row);
          return [{ kind: 'USER MAPPING', schema: null, name, sql }];
        },
      };
    });
  },
};

/**
 * The catalog is a superuser's, and whoever's he lets read it. The view is everyone's and shows a mapping's options to
 * its role and to the server's owner, by the condition that stands here; to others as if it had none.
 */
async function readMappings(catalog: Catalog): Promise<MappingRow[]> {
  const [access] = await catalog.query<{ full: string }>(
    `SELECT pg_catalog.has_table_privilege('pg_catalog.pg_user_mapping', 'SELECT')::text AS full`,
  );
  const source =
    access?.full === 'true'
      ? `SELECT oid, umserver, umuser, umoptions, true AS is_readable FROM pg_catalog.pg_user_mapping`
      : `SELECT m.umid, m.srvid, m.umuser, m.umoptions,
          pg_catalog.pg_has_role(s.srvowner, 'USAGE') AND (m.umuser = 0 OR m.usename = current_user)
            OR m.usename = current_user AND pg_catalog.has_server_privilege(s.oid, 'USAGE')
        FROM pg_catalog.pg_user_mappings AS m JOIN pg_catalog.pg_foreign_server AS s ON s.oid = m.srvid`;
  return catalog.query<MappingRow>(`
    SELECT m.oid, s.oid AS server_oid, s.srvname AS server, r.rolname AS role, coalesce(is_readable, false)::text AS is_readable,
      current_user::text AS reader,
      ${optionsClause('m.umoptions')} AS options
    FROM (${source}) AS m(oid, umserver, umuser, umoptions, is_readable)
    JOIN pg_catalog.pg_foreign_server AS s ON s.oid = m.umserver
    LEFT JOIN pg_catalog.pg_roles AS r ON r.oid = m.umuser
    WHERE ${catalog.isUserObject(`'pg_catalog.pg_user_mapping'::pg_catalog.regclass`, 'm.oid')}
    ORDER BY s.srvname COLLATE "C", r.rolname COLLATE "C" NULLS FIRST`);
}

/** Those whose options the connected role may not read. A mapping without its password would be another one. */
export async function unreadableUserMappings(catalog: Catalog): Promise<UnreadableObject[]> {
  const rows = (await readMappings(catalog)).filter(({ is_readable: isReadable }) => isReadable !== 'true');
  return rows.map((row) => ({
    description: `user mapping ${nameOf(row)}: it may not read the options, which can hold a password`,
    mend:
      "To let it read user mappings' options, as a superuser in this database: " +
      `GRANT SELECT ON pg_catalog.pg_user_mapping TO ${quoteIdentifier(row.reader)};`,
    isData: true,
  }));
}

/** For what is asked for by name, and for what comes between the list of the unreadable and the snapshot. */
function unreadable(row: MappingRow): HoldfastError {
  return new HoldfastError(
    'failed',
    `The role ${row.reader} may not read the options of the user mapping ${nameOf(row)}.`,
    {
      hint: `Connect as a superuser, or as one: GRANT SELECT ON pg_catalog.pg_user_mapping TO ${quoteIdentifier(row.reader)};`,
    },
  );
}

function nameOf({ role, server }: MappingRow): string {
  return `${role === null ? 'PUBLIC' : quoteIdentifier(role)} on server ${quoteIdentifier(server)}`;
}
