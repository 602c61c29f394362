import type { Catalog, SchemaObject } from '../object.ts';

/** What the restore of a subscription asks for. */
export interface SubscriptionDemand {
  readonly name: string;
  readonly owner: string;
  /** True for one that only a superuser may make anywhere: it gives no password, or need not. */
  readonly isRestricted: boolean;
}

export async function readSubscriptionDemands(
  catalog: Catalog,
  objects: readonly SchemaObject[],
): Promise<SubscriptionDemand[]> {
  // Without any, the catalog need not be readable.
  const exported = new Set(objects.filter(({ kind }) => kind === 'SUBSCRIPTION').map(({ name }) => name));
  if (exported.size === 0) return [];
  const rows = await catalog.query<{ name: string; owner: string; restricted: string }>(`
    SELECT subname AS name, pg_catalog.pg_get_userbyid(subowner) AS owner,
      subconninfo !~ '\\mpassword\\s*=\\s*\\S' AND subconninfo !~ '^postgres(ql)?://[^@/]*:[^@/]+@'
        OR pg_catalog.to_jsonb(s) ->> 'subpasswordrequired' = 'false' AS restricted
    FROM pg_catalog.pg_subscription AS s
    WHERE subdbid = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
    ORDER BY subname`);
  return rows
    .filter(({ name }) => exported.has(name))
    .map(({ name, owner, restricted }) => ({ name, owner, isRestricted: restricted === 't' }));
}
