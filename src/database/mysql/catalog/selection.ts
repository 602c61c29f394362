import { HoldfastError } from '../../../core/errors.ts';
import {
  describeSelection,
  isRelation,
  labelOf,
  type LinkedObject,
  selectObjects,
  type SelectionReport,
} from '../../../core/selection.ts';
import { objectId, type SchemaObject } from './object.ts';

/** What is left out of an export by the names of tables. */
export interface TableExclusions {
  /** Exports only the tables, views and sequences for which it holds, with all that they need; without it, everything. */
  readonly selectTable?: ((schema: string, name: string) => boolean) | undefined;
  excludeTable(schema: string, name: string): boolean;
  excludeRows(schema: string, name: string): boolean;
}

/** What an object hangs together with, by `objectId`; objects of which the database has none are left out. */
export function linkObjects(
  objects: readonly SchemaObject[],
  database: string,
): Map<string, LinkedObject<string>> {
  const ids = new Set(objects.map(idOf));
  return new Map(
    objects.map((object) => {
      const { kind, name, table, needs, partOf } = object;
      const known = (list: readonly string[]) => [...new Set(list)].filter((id) => ids.has(id));
      const id = idOf(object);
      return [
        id,
        {
          id,
          kind,
          schema: database,
          name,
          table,
          needs: known(needs),
          partOf: known(partOf),
          comesWith: [],
        },
      ];
    }),
  );
}

export function idOf({ kind, name }: Pick<SchemaObject, 'kind' | 'name'>): string {
  return objectId(kind, name);
}

/**
 * Chooses what is exported. Excluded tables, views and sequences go with their triggers. Of the rest a selection takes what it
 * names, with all parts and needs.
 * @throws HoldfastError `usage` naming an object that stays but needs one that is left out
 */
export function chooseObjects<Any extends SchemaObject>(
  all: readonly Any[],
  database: string,
  { selectTable, excludeTable }: TableExclusions,
): { objects: Any[]; report: SelectionReport | null } {
  const links = linkObjects(all, database);
  const excluded = new Set<string>();
  for (const object of all) {
    if (isRelation(object.kind) && excludeTable(database, object.name)) excluded.add(idOf(object));
  }
  for (const { id, partOf } of links.values())
    if (partOf.some((whole) => excluded.has(whole))) excluded.add(id);
  const staying = all.filter((object) => !excluded.has(idOf(object)));
  if (selectTable === undefined) {
    refuseGaps(staying, links, excluded);
    return { objects: staying, report: null };
  }
  const roots = new Set(
    staying
      .filter(({ kind, name }) => isRelation(kind) && selectTable(database, name))
      .map((object) => idOf(object)),
  );
  const candidates = new Map([...links].filter(([id]) => !excluded.has(id)));
  const selection = selectObjects(candidates, roots);
  const objects = staying.filter((object) => selection.chosen.has(idOf(object)));
  refuseGaps(objects, links, excluded);
  return { objects, report: describeSelection(candidates, selection) };
}

function refuseGaps(
  objects: readonly SchemaObject[],
  links: ReadonlyMap<string, LinkedObject<string>>,
  excluded: ReadonlySet<string>,
): void {
  for (const object of objects) {
    const link = links.get(idOf(object));
    const missing = [...(link?.needs ?? [])].find((needed) => excluded.has(needed));
    if (missing === undefined) continue;
    throw new HoldfastError(
      'usage',
      `${labelOf(link)} needs ${labelOf(links.get(missing))}, which is excluded`,
      {
        hint: 'Exclude only tables that nothing else needs, or leave out just the rows with --exclude-table-data.',
      },
    );
  }
}
