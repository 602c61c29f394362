import { HoldfastError } from '../../../core/errors.ts';
import { printable } from '../../../core/printable.ts';
import type { Reporter } from '../../../core/reporter.ts';
import {
  describeSelection,
  isRelation,
  labelOf,
  type SelectionReport,
  selectObjects,
} from '../../../core/selection.ts';
import type { SourceOptions } from '../../engine.ts';
import { archivedFacts } from '../facts.ts';
import { refuseBroken } from '../schema/broken.ts';
import { FILE_OBJECT, isVirtual, readObjects, SCHEMA, type SchemaObject } from '../schema/objects.ts';
import { thin } from '../schema/thin.ts';

export interface Chosen {
  readonly objects: readonly SchemaObject[];
  /** Tables that are there without their rows. */
  readonly emptied: readonly string[];
  readonly report: SelectionReport | null;
}

/**
 * Takes out of the copy what is not wanted.
 * @throws HoldfastError `usage` naming a view or trigger that stays but needs something that is left out
 */
export async function narrow(copy: string, options: SourceOptions): Promise<Chosen> {
  const { selectTable, excludeTable, comparedWith, reporter } = options;
  const leftOut = comparedWith === undefined ? [] : archivedFacts(comparedWith).withoutRows;
  for (const name of leftOut)
    reporter.warning(`The archive holds no rows of ${printable(name)}: they are not compared.`);
  const isBare = ({ name }: SchemaObject): boolean =>
    options.excludeRows(SCHEMA, name) || leftOut.includes(name);
  const objects = readObjects(copy);
  const all = [...objects.values()];
  const isTable = ({ kind, table }: SchemaObject): boolean => isRelation(kind) && table === null;
  for (const object of all) {
    if (isTable(object) && excludeTable(SCHEMA, object.name)) objects.delete(object.id);
  }
  // What belongs to nothing that is left goes as well.
  for (const object of all) if (object.partOf.some((whole) => !objects.has(whole))) objects.delete(object.id);
  const excluded = new Map(all.filter(({ id }) => !objects.has(id)).map((object) => [object.id, object]));
  let report: SelectionReport | null = null;
  if (selectTable !== undefined) {
    const roots = [...objects.values()].filter(
      (object) => isTable(object) && selectTable(SCHEMA, object.name),
    );
    const selection = selectObjects(objects, new Set(roots.map(({ id }) => id)));
    report = describeSelection(objects, selection);
    for (const id of objects.keys()) if (id !== FILE_OBJECT && !selection.chosen.has(id)) objects.delete(id);
    if (roots.length === 0) return { objects: [], emptied: [], report };
  }
  // In a comparison what is missing shows as a difference.
  const isPart = comparedWith === undefined && objects.size < all.length;
  if (isPart) {
    refuseGaps(objects, excluded, reporter);
    warnOfDoubts(objects, reporter);
  }
  const tables = [...objects.values()].filter(({ kind }) => kind === 'TABLE');
  const bare = new Set(tables.filter(isBare).map(({ id }) => id));
  const hasRows = (id: number): boolean => objects.has(id) && !bare.has(id);
  // A full-text index has the words of the table that it is over.
  const emptied = tables.filter(
    (table) => bare.has(table.id) || (isVirtual(table) && ![...table.needs].every(hasRows)),
  );
  await thin(copy, { dropped: all.filter(({ id }) => !objects.has(id)), emptied }, options.signal);
  if (isPart) refuseBroken(objects, readObjects(copy));
  return { objects: [...objects.values()], emptied: emptied.map(({ name }) => name), report };
}

function refuseGaps(
  objects: ReadonlyMap<number, SchemaObject>,
  excluded: ReadonlyMap<number, SchemaObject>,
  reporter: Reporter,
): void {
  for (const object of objects.values()) {
    const missing = [...object.needs].find((id) => excluded.has(id));
    if (missing === undefined) continue;
    const what = `${labelOf(object)} needs ${labelOf(excluded.get(missing))}, which is excluded`;
    if (object.kind !== 'TABLE') {
      throw new HoldfastError('usage', what, {
        hint: 'Exclude only tables that nothing else needs, or leave out just the rows with --exclude-table-data.',
      });
    }
    // Its rows can be read without, and SQLite checks foreign keys only where an application asks for it.
    reporter.warning(`${printable(what)}: a foreign key or an index points to nothing then.`);
  }
}

function warnOfDoubts(objects: ReadonlyMap<number, SchemaObject>, reporter: Reporter): void {
  for (const object of objects.values()) {
    if (object.doubt === null) continue;
    const what = `Whether all is there that ${labelOf(object)} needs cannot be found out: ${object.doubt}`;
    reporter.warning(printable(what));
  }
}
