import type { Catalog, SchemaObject } from '../object.ts';

/** How many large objects there are, and those that a restore has to lock. */
export interface LargeObjectDemand {
  readonly count: number;
  /** Those with privileges, which servers lock since 18 to change them. */
  readonly granted: number;
  /** Those with comments or security labels. */
  readonly described: number;
}

export async function readLargeObjectDemand(
  catalog: Catalog,
  objects: readonly SchemaObject[],
): Promise<LargeObjectDemand> {
  if (!objects.some(({ kind }) => kind === 'LARGE OBJECT')) return { count: 0, granted: 0, described: 0 };
  const [row] = await catalog.query<{ count: string; granted: string; described: string }>(`
    SELECT count(*) AS count, count(lomacl) AS granted,
      (SELECT count(*) FROM (
        SELECT objoid FROM pg_catalog.pg_description WHERE classoid = 'pg_catalog.pg_largeobject'::regclass
        UNION SELECT objoid FROM pg_catalog.pg_seclabel WHERE classoid = 'pg_catalog.pg_largeobject'::regclass
      ) AS d) AS described
    FROM pg_catalog.pg_largeobject_metadata`);
  return {
    count: Number(row?.count),
    granted: Number(row?.granted),
    described: Number(row?.described),
  };
}
