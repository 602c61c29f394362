import { quoteIdentifier } from '../catalog/sql/identifiers.ts';
import type { Session } from '../connection/session.ts';
import type { Kept } from './contents.ts';

/** An extension that stays when a database is cleared, because the connecting role may not drop it or not make it again. */
export interface KeptExtension {
  readonly oid: string;
  readonly name: string;
  readonly schema: string;
  /** The role that owns it. */
  readonly owner: string;
  /** Whether the connecting role has the owner's rights. */
  readonly mine: boolean;
}

/** A schema that stays for an extension's sake. */
export interface KeptSchema {
  readonly oid: string;
  readonly name: string;
  /** Whether the connecting role has the owner's rights. */
  readonly mine: boolean;
}

/**
 * Those of an archive's extensions that a role which is no superuser has to leave alone when it clears a database, and
 * what they need.
 */
export function findKeptExtensions(session: Session, archived: readonly string[]): Promise<KeptExtension[]> {
  return findExtensions(
    session,
    `e.extname = ANY ($1::text[])
      AND (NOT pg_catalog.pg_has_role(e.extowner, 'USAGE') OR coalesce(v.superuser AND NOT v.trusted, true))`,
    [[...archived]],
  );
}

/**
 * Extensions of others, and what they need. Managed servers make some for their users, and where a role may not make one
 * itself a superuser does so beforehand: a database is empty with them.
 */
export function findPreinstalledExtensions(session: Session): Promise<KeptExtension[]> {
  return findExtensions(session, `NOT pg_catalog.pg_has_role(e.extowner, 'USAGE')`, []);
}

async function findExtensions(
  session: Session,
  condition: string,
  values: readonly unknown[],
): Promise<KeptExtension[]> {
  const rows = await session.query(
    `WITH RECURSIVE kept(oid) AS (
      SELECT e.oid FROM pg_catalog.pg_extension AS e
      JOIN pg_catalog.pg_roles AS me ON me.rolname = current_user
      LEFT JOIN pg_catalog.pg_available_extensions AS a ON a.name = e.extname
      LEFT JOIN pg_catalog.pg_available_extension_versions AS v ON v.name = a.name AND v.version = a.default_version
      WHERE e.extname <> 'plpgsql' AND NOT me.rolsuper AND ${condition}
      UNION
      SELECT d.refobjid FROM kept JOIN pg_catalog.pg_depend AS d ON d.objid = kept.oid
      WHERE d.classid = 'pg_catalog.pg_extension'::pg_catalog.regclass AND d.refclassid = d.classid
    )
    SELECT e.oid, e.extname AS name, n.nspname AS schema, pg_catalog.pg_get_userbyid(e.extowner) AS owner,
      pg_catalog.pg_has_role(e.extowner, 'USAGE')::text AS mine
    FROM kept JOIN pg_catalog.pg_extension AS e ON e.oid = kept.oid
    JOIN pg_catalog.pg_namespace AS n ON n.oid = e.extnamespace
    ORDER BY e.extname`,
    values,
  );
  return rows.map((row) => ({
    oid: row['oid'] ?? '',
    name: row['name'] ?? '',
    schema: row['schema'] ?? '',
    owner: row['owner'] ?? '',
    mine: row['mine'] === 'true',
  }));
}

/** The schemas that hold extensions or members of theirs. */
export async function schemasOfExtensions(
  session: Session,
  extensions: readonly KeptExtension[],
): Promise<KeptSchema[]> {
  const rows = await session.query(
    `SELECT n.oid, n.nspname AS name, pg_catalog.pg_has_role(n.nspowner, 'USAGE')::text AS mine FROM pg_catalog.pg_namespace AS n
    WHERE n.oid IN (SELECT extnamespace FROM pg_catalog.pg_extension WHERE oid = ANY ($1::oid[]))
      OR n.oid IN (
        SELECT place.refobjid FROM pg_catalog.pg_depend AS member
        JOIN pg_catalog.pg_depend AS place ON place.classid = member.classid AND place.objid = member.objid
          AND place.refclassid = 'pg_catalog.pg_namespace'::pg_catalog.regclass
        WHERE member.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass AND member.refobjid = ANY ($1::oid[])
          AND member.deptype = 'e')`,
    [extensions.map(({ oid }) => oid)],
  );
  return rows.map((row) => ({
    oid: row['oid'] ?? '',
    name: row['name'] ?? '',
    mine: row['mine'] === 'true',
  }));
}

/** What stays, by its oids. */
export function keptOids(extensions: readonly KeptExtension[], schemas: readonly KeptSchema[]): Kept {
  return { extensions: extensions.map(({ oid }) => oid), schemas: schemas.map(({ oid }) => oid) };
}

/** What others own of it, as commands name it (`SCHEMA ext`). */
export function untouchable(extensions: readonly KeptExtension[], schemas: readonly KeptSchema[]): string[] {
  return [
    ...extensions.filter(({ mine }) => !mine).map(({ name }) => `EXTENSION ${quoteIdentifier(name)}`),
    ...schemas.filter(({ mine }) => !mine).map(({ name }) => `SCHEMA ${quoteIdentifier(name)}`),
  ];
}
