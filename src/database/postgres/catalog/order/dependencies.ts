import { type Catalog, COLUMN_NUMBERS, type ObjectId, type SchemaObject } from '../object.ts';

/** How the objects of a schema hang together, as pg_depend has it. */
export interface Dependencies {
  /** The object that a catalog row belongs to; undefined for the server's own and for what no kind collects. */
  ownerOf(id: ObjectId): SchemaObject | undefined;
  /** The objects that must exist before `object`, without itself. */
  requiredBy(object: SchemaObject): ReadonlySet<SchemaObject>;
  /** The objects that `object` cannot be without and is dropped with: an index and its table. */
  partOf(object: SchemaObject): ReadonlySet<SchemaObject>;
  /** Catalog rows that objects need and that none of them provides: what the target must have by itself. */
  readonly outside: ReadonlySet<ObjectId>;
}

export interface DependencyRow extends Record<string, string | null> {
  object: ObjectId;
  referenced: ObjectId;
  /** One letter for each kind of dependency between the two, see the documentation of pg_depend. */
  types: string;
}

export function readDependencyRows(catalog: Catalog): Promise<DependencyRow[]> {
  return catalog.query<DependencyRow>(`
    SELECT c.relname || ':' || d.objid AS object, r.relname || ':' || d.refobjid AS referenced,
      string_agg(DISTINCT d.deptype::text, '') AS types
    FROM pg_catalog.pg_depend AS d
    JOIN pg_catalog.pg_class AS c ON c.oid = d.classid
    JOIN pg_catalog.pg_class AS r ON r.oid = d.refclassid
    WHERE (d.classid, d.objid) <> (d.refclassid, d.refobjid)
    GROUP BY c.relname, d.objid, r.relname, d.refobjid`);
}

/**
 * @param objects everything that was collected
 * @param staying those of them that are exported; the others and their parts belong to nothing
 */
export function createDependencies(
  rows: readonly DependencyRow[],
  objects: readonly SchemaObject[],
  staying: ReadonlySet<SchemaObject> = new Set(objects),
): Dependencies {
  const ownerOf = createResolver(rows, objects, staying);
  const required = new Map<SchemaObject, Set<SchemaObject>>(objects.map((object) => [object, new Set()]));
  const wholes = new Map<SchemaObject, Set<SchemaObject>>(objects.map((object) => [object, new Set()]));
  const outside = new Set<ObjectId>();

  for (const row of rows) {
    const object = ownerOf(row.object);
    if (object === undefined) continue;
    const referenced = ownerOf(row.referenced);
    if (referenced === undefined) outside.add(row.referenced);
    else if (referenced !== object) {
      required.get(object)?.add(referenced);
      if (/[aiPS]/.test(row.types)) wholes.get(object)?.add(referenced);
    }
  }
  for (const object of objects) {
    const others = (ids: readonly ObjectId[] = []) =>
      ids.map(ownerOf).filter((other) => other !== undefined && other !== object) as SchemaObject[];
    for (const other of others(object.requires)) required.get(object)?.add(other);
    for (const other of others(object.partOf)) {
      required.get(object)?.add(other);
      wholes.get(object)?.add(other);
    }
    for (const other of others(object.ignores)) required.get(object)?.delete(other);
  }

  const none: ReadonlySet<SchemaObject> = new Set();
  return {
    ownerOf,
    requiredBy: (object) => required.get(object) ?? none,
    partOf: (object) => wholes.get(object) ?? none,
    outside,
  };
}

/**
 * A row that no kind collected counts as a part of what it is an internal part of (an array type of its element's
 * type, a clone of a trigger of the original) or a member of (an extension).
 */
function createResolver(
  rows: readonly DependencyRow[],
  objects: readonly SchemaObject[],
  staying: ReadonlySet<SchemaObject>,
): Dependencies['ownerOf'] {
  const providers = new Map<ObjectId, SchemaObject>();
  for (const object of objects) for (const id of object.alsoProvides ?? []) providers.set(id, object);
  for (const object of objects) providers.set(object.id, object);
  const wholes = new Map<ObjectId, ObjectId>();
  for (const row of rows) {
    if (/[iPe]/.test(row.types) && !wholes.has(row.object)) wholes.set(row.object, row.referenced);
  }
  return (id) => {
    const seen = new Set<ObjectId>();
    for (let at: ObjectId | undefined = id; at !== undefined && !seen.has(at); at = wholes.get(at)) {
      const owner = providers.get(at);
      if (owner !== undefined) return staying.has(owner) ? owner : undefined;
      seen.add(at);
      const relation = relationOf(at);
      if (relation !== undefined) wholes.set(at, relation);
    }
    return undefined;
  };
}

/** The relation of a column: a column that no object brings by itself comes with it. */
function relationOf(id: ObjectId): ObjectId | undefined {
  if (!id.startsWith('pg_attribute:')) return undefined;
  return `pg_class:${Math.floor(Number(id.slice('pg_attribute:'.length)) / COLUMN_NUMBERS)}`;
}
