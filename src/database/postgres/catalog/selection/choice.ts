import { HoldfastError } from '../../../../core/errors.ts';
import {
  describeSelection,
  isRelation,
  labelOf,
  type LinkedObject,
  selectObjects,
  type SelectionReport,
} from '../../../../core/selection.ts';
import type { Dependencies } from '../order/dependencies.ts';
import { linkObjects } from './links.ts';
import type { ObjectId, SchemaObject } from '../object.ts';
import type { TableExclusions } from '../schema-table.ts';

/** The objects that are exported. */
export interface Choice {
  readonly objects: SchemaObject[];
  /** What a selection brought beyond what was asked for, and what it had to leave; null without one. */
  readonly report: SelectionReport | null;
}

/** The kind of what belongs to the user in an extension's sequences. */
const CONFIGURATION = 'EXTENSION CONFIGURATION';

/**
 * Chooses what is exported. Excluded tables, views and sequences go with everything that is a part of them: indexes,
 * constraints, foreign keys that point to them, triggers, rules, policies, owned sequences, partitions. Of the rest a
 * selection takes what it names, with all parts and needs.
 * @param configuration relations of extensions whose rows belong to the user
 * @throws HoldfastError `usage` naming an object that stays but needs one that is left out
 */
export function chooseObjects(
  all: readonly SchemaObject[],
  dependencies: Dependencies,
  configuration: readonly { readonly id: ObjectId; readonly schema: string; readonly name: string }[],
  exclusions: TableExclusions,
): Choice {
  const links = linkObjects(all, dependencies);
  const excluded = withParts(
    all.filter((object) => isExcluded(object, exclusions)),
    links,
  );
  const staying = all.filter((object) => !excluded.has(object));
  const { selectTable } = exclusions;
  if (selectTable === undefined) {
    refuseGaps(staying, dependencies, excluded);
    return { objects: staying, report: null };
  }
  const roots = new Set(all.filter((object) => isNamed(object, selectTable) && !excluded.has(object)));
  for (const { id, schema, name } of configuration) {
    const extension = dependencies.ownerOf(id);
    if (extension !== undefined && selectTable(schema, name)) roots.add(extension);
  }
  const candidates = new Map([...links].filter(([object]) => !excluded.has(object)));
  // The values of an extension's sequences come when they are named, not with the extension.
  for (const object of staying) {
    if (object.kind === CONFIGURATION && !roots.has(object)) candidates.delete(object);
  }
  const selection = selectObjects(candidates, roots);
  const objects = staying.filter((object) => selection.chosen.has(object));
  refuseGaps(objects, dependencies, excluded);
  return { objects, report: describeSelection(candidates, selection) };
}

function isExcluded({ kind, schema, name, isLeftOut }: SchemaObject, exclusions: TableExclusions): boolean {
  if (isLeftOut === true) return true;
  if (schema === null) return false;
  if (kind === CONFIGURATION)
    return exclusions.excludeTable(schema, name) || exclusions.excludeRows(schema, name);
  return isRelation(kind) && exclusions.excludeTable(schema, name);
}

function isNamed(
  { kind, schema, name }: SchemaObject,
  selectTable: NonNullable<TableExclusions['selectTable']>,
): boolean {
  return schema !== null && (isRelation(kind) || kind === CONFIGURATION) && selectTable(schema, name);
}

function withParts(
  excluded: readonly SchemaObject[],
  links: ReadonlyMap<SchemaObject, LinkedObject<SchemaObject>>,
): Set<SchemaObject> {
  const all = new Set(excluded);
  for (let size = -1; size !== all.size;) {
    size = all.size;
    for (const [object, { partOf, comesWith }] of links) {
      if ([...partOf, ...comesWith].some((whole) => all.has(whole))) all.add(object);
    }
  }
  return all;
}

function refuseGaps(
  objects: readonly SchemaObject[],
  dependencies: Dependencies,
  excluded: ReadonlySet<SchemaObject>,
): void {
  for (const object of objects) {
    const missing = [...dependencies.requiredBy(object)].find((needed) => excluded.has(needed));
    if (missing === undefined) continue;
    throw new HoldfastError('usage', `${label(object)} needs ${label(missing)}, which is excluded`, {
      hint: 'Exclude only tables that nothing else needs, or leave out just the rows with --exclude-table-data.',
    });
  }
}

function label({ id, kind, schema, name }: SchemaObject): string {
  return labelOf({ id, kind, schema, name, table: null, needs: [], partOf: [], comesWith: [] });
}
