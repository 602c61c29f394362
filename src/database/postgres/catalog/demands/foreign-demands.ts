import type { Dependencies } from '../order/dependencies.ts';
import type { Catalog, ObjectId, SchemaObject } from '../object.ts';

/** A foreign-data wrapper that an extension of the target brings, and the roles that get servers of it. */
export interface WrapperUse {
  readonly name: string;
  readonly roles: readonly string[];
}

interface WrapperRow extends Record<string, string | null> {
  id: ObjectId;
  wrapper: ObjectId;
  name: string;
  role: string;
}

/** The wrappers that servers of the schema need and that the archive does not make by a statement of its own. */
export async function readWrapperUses(catalog: Catalog, dependencies: Dependencies): Promise<WrapperUse[]> {
  const rows = await catalog.query<WrapperRow>(`
    SELECT 'pg_foreign_server:' || s.oid AS id, 'pg_foreign_data_wrapper:' || w.oid AS wrapper, w.fdwname AS name,
      pg_catalog.pg_get_userbyid(s.srvowner) AS role
    FROM pg_catalog.pg_foreign_server AS s JOIN pg_catalog.pg_foreign_data_wrapper AS w ON w.oid = s.srvfdw
    ORDER BY w.fdwname COLLATE "C", s.srvname COLLATE "C"`);
  const roles = new Map<string, Set<string>>();
  for (const { id, wrapper, name, role } of rows) {
    if (dependencies.ownerOf(id)?.id !== id || dependencies.ownerOf(wrapper)?.id === wrapper) continue;
    roles.set(name, (roles.get(name) ?? new Set()).add(role));
  }
  return [...roles].map(([name, list]) => ({ name, roles: [...list].toSorted() }));
}

/** The roles that are given what the server lets only superusers own. */
export function readSuperuserOwners(
  owned: readonly { readonly object: SchemaObject; readonly role: string }[],
): string[] {
  const kinds = ['FOREIGN DATA WRAPPER', 'EVENT TRIGGER'];
  const roles = owned.filter(({ object }) => kinds.includes(object.kind)).map(({ role }) => role);
  return [...new Set(roles)].toSorted();
}
