import { createCatalog } from '../catalog/catalog.ts';
import { readConfiguration } from '../catalog/extension-configuration.ts';
import { qualifiedName } from '../catalog/sql/identifiers.ts';
import type { Cleared } from './clear.ts';
import type { Session } from '../connection/session.ts';
import { findUserObjects, type Kept } from './contents.ts';
import { findPreinstalledExtensions, keptOids, schemasOfExtensions, untouchable } from './kept-extensions.ts';

/** What a restore into an empty database finds there and lets be. */
export async function findPreinstalled(session: Session): Promise<Cleared> {
  const extensions = await findPreinstalledExtensions(session);
  const schemas = extensions.length === 0 ? [] : await schemasOfExtensions(session, extensions);
  return {
    keptSchemas: new Set(schemas.map(({ name }) => name)),
    kept: keptOids(extensions, schemas),
    untouchable: untouchable(extensions, schemas),
  };
}

/** Up to `limit` of what users have in a database besides what is kept. */
export async function findContents(
  session: Session,
  versionNumber: number,
  kept: Kept,
  limit: number,
): Promise<string[]> {
  const objects = await findUserObjects(session, limit, kept);
  if (objects.length > 0 || kept.extensions.length === 0) return objects;
  return findConfiguration(session, versionNumber, kept);
}

/** The tables of kept extensions with rows that belong to the user. */
async function findConfiguration(session: Session, versionNumber: number, kept: Kept): Promise<string[]> {
  const catalog = createCatalog((sql, values) => session.query(sql, values), versionNumber);
  const ids = new Set(kept.extensions.map((oid) => `pg_extension:${Number(oid)}` as const));
  const found: string[] = [];
  for (const { oid, kind, schema, name, condition } of await readConfiguration(catalog, (id) =>
    ids.has(id as never),
  )) {
    if (kind !== 'table') continue;
    const [access] = await session.query(
      `SELECT (pg_catalog.has_table_privilege($1::oid, 'SELECT') AND pg_catalog.has_schema_privilege(relnamespace, 'USAGE'))::text
        AS reads FROM pg_catalog.pg_class WHERE oid = $1::oid`,
      [oid],
    );
    // Who may not even read it will not load rows into it either.
    if (access?.['reads'] !== 'true') continue;
    const [row] = await session.query(
      `SELECT (EXISTS (SELECT FROM ONLY ${qualifiedName(schema, name)} ${condition}))::text AS some`,
    );
    if (row?.['some'] === 'true') found.push(`rows of table ${schema}.${name}`);
  }
  return found;
}
