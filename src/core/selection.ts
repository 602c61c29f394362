/** An object of a database's schema, by what it hangs together with. */
export interface LinkedObject<Id> {
  readonly id: Id;
  /** As in `Statement.kind`: `FK CONSTRAINT`. */
  readonly kind: string;
  readonly schema: string | null;
  readonly name: string;
  /** The table that it belongs to, by name, where its own name is another. */
  readonly table: string | null;
  /** Objects that must be there first. */
  readonly needs: Iterable<Id>;
  /** Objects that it is a part of, without any of which it has no place: a foreign key and both its tables. */
  readonly partOf: readonly Id[];
  /** Objects that it comes with but can be without: a partition and its partitioned table. */
  readonly comesWith: readonly Id[];
}

/** What is known of an object by its number in an archive; without the lists where they are too long to be kept. */
export type ObjectFacts = Pick<LinkedObject<number>, 'kind' | 'schema' | 'name' | 'table'> & {
  readonly [List in 'needs' | 'partOf' | 'comesWith']?: readonly number[];
};

/** What comes of a selection. */
export interface Selection<Id> {
  readonly chosen: ReadonlySet<Id>;
  /** Those of them that come only because others need them. */
  readonly needed: readonly Id[];
  /** Parts of what is chosen that have to stay away, each with the objects that it lacks. */
  readonly leftOut: readonly { readonly id: Id; readonly lacks: readonly Id[] }[];
}

/**
 * Chooses objects of a schema so that they can be made again without the others: the roots, all their parts, and all
 * that these need, which come with their parts in turn. A part that ties what is chosen to something that is not is left
 * out.
 */
export function selectObjects<Id>(
  objects: ReadonlyMap<Id, LinkedObject<Id>>,
  roots: ReadonlySet<Id>,
): Selection<Id> {
  const partsOf = new Map<Id, LinkedObject<Id>[]>();
  const companionsOf = new Map<Id, LinkedObject<Id>[]>();
  /** How many of what an object is a part of are not chosen yet. */
  const lacking = new Map<Id, number>();
  for (const object of objects.values()) {
    lacking.set(object.id, object.partOf.length);
    for (const whole of object.partOf) addTo(partsOf, whole, object);
    for (const whole of object.comesWith) addTo(companionsOf, whole, object);
  }
  const chosen = new Set<Id>();
  const open = [...roots];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    const object = objects.get(id);
    if (object === undefined || chosen.has(id)) continue;
    chosen.add(id);
    open.push(...object.needs, ...object.partOf);
    for (const part of partsOf.get(id) ?? []) {
      const left = (lacking.get(part.id) ?? 0) - 1;
      lacking.set(part.id, left);
      if (left === 0) open.push(part.id);
    }
    for (const companion of companionsOf.get(id) ?? []) {
      if (lacking.get(companion.id) === 0) open.push(companion.id);
    }
  }
  const isPart = ({ id, partOf, comesWith }: LinkedObject<Id>): boolean => {
    // Of two that come with each other neither is a part: an operator and its commutator.
    const companions = new Set((companionsOf.get(id) ?? []).map((companion) => companion.id));
    return partOf.length > 0 || comesWith.some((whole) => chosen.has(whole) && !companions.has(whole));
  };
  const needed = [...chosen].filter((id) => {
    const object = objects.get(id);
    return !roots.has(id) && object !== undefined && !isPart(object);
  });
  const leftOut: { id: Id; lacks: Id[] }[] = [];
  for (const object of objects.values()) {
    if (chosen.has(object.id) || !object.partOf.some((whole) => chosen.has(whole))) continue;
    const own = object.partOf.find((id) => isOwn(object, objects.get(id)));
    // A foreign key of another table that points to a chosen one is no loss.
    if (own !== undefined && !chosen.has(own)) continue;
    leftOut.push({ id: object.id, lacks: object.partOf.filter((whole) => !chosen.has(whole)) });
  }
  return { chosen, needed, leftOut };
}

function addTo<Key, Value>(lists: Map<Key, Value[]>, key: Key, value: Value): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
}

/** Whether `whole` is the table that `object` belongs to. */
function isOwn<Id>(object: LinkedObject<Id>, whole: LinkedObject<Id> | undefined): boolean {
  return whole?.schema === object.schema && whole.name === (object.table ?? object.name);
}

/** The kind of what stands for a database that is kept as one file: everything in it needs it, and its rows are that file. */
export const FILE_KIND = 'FILE';

/** The kinds of objects that patterns for tables choose. */
const RELATIONS: ReadonlySet<string> = new Set([
  'TABLE',
  'VIEW',
  'MATERIALIZED VIEW',
  'FOREIGN TABLE',
  'SEQUENCE',
]);

/** Whether patterns for tables choose objects of this kind, as those of PostgreSQL's own programs do. */
export function isRelation(kind: string): boolean {
  return RELATIONS.has(kind);
}

/** A selection in words, a line for each object. */
export interface SelectionReport {
  readonly needed: readonly string[];
  readonly leftOut: readonly string[];
}

/**
 * Kinds of what is left out without a word: an index's attachment says nothing that the table's does not, and nothing
 * that is chosen can use a cast or transform of what is not there.
 */
const UNSAID: ReadonlySet<string> = new Set(['INDEX ATTACH', 'CAST', 'TRANSFORM']);

export function describeSelection<Id>(
  objects: ReadonlyMap<Id, LinkedObject<Id>>,
  { needed, leftOut }: Selection<Id>,
): SelectionReport {
  const label = (id: Id): string => labelOf(objects.get(id));
  return {
    needed: needed
      .filter((id) => !(objects.get(id)?.kind === 'SCHEMA' && objects.get(id)?.name === 'public'))
      .filter((id) => objects.get(id)?.kind !== FILE_KIND)
      .map(label)
      .toSorted(),
    leftOut: leftOut
      .filter(({ id }) => !UNSAID.has(objects.get(id)?.kind ?? ''))
      .map(({ id, lacks }) => `${label(id)}, which lacks ${listed(lacks, label)}`)
      .toSorted(),
  };
}

/** More than real objects lack; a forged archive may say anything. */
const MOST_LACKED = 5;

function listed<Id>(ids: readonly Id[], label: (id: Id) => string): string {
  const shown = ids.slice(0, MOST_LACKED).map(label).toSorted();
  return [...shown, ...(ids.length > shown.length ? [`${ids.length - shown.length} more`] : [])].join(', ');
}

const TITLES: ReadonlyMap<string, string> = new Map([
  ['FK CONSTRAINT', 'foreign key'],
  ['TABLE ATTACH', 'attachment of partition'],
  ['SEQUENCE OWNED BY', 'ownership of sequence'],
  ['VIEW DEFINITION', 'view'],
]);

/** An object for messages: `foreign key orders_user_fk of public.orders`. */
export function labelOf<Id>(object: LinkedObject<Id> | undefined): string {
  if (object === undefined) return 'an unknown object';
  const { kind, schema, name, table } = object;
  const qualified = (own: string): string => (schema === null ? own : `${schema}.${own}`);
  if (kind === 'PUBLICATION TABLE') return `place of ${qualified(name)} in publication ${table}`;
  const title = TITLES.get(kind) ?? kind.toLowerCase();
  return table === null ? `${title} ${qualified(name)}` : `${title} ${name} of ${qualified(table)}`;
}
