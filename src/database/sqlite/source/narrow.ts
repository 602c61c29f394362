import { printable } from '../../../core/printable.ts';
import {
  describeSelection,
  isRelation,
  type SelectionReport,
  selectObjects,
} from '../../../core/selection.ts';
import type { SourceOptions } from '../../engine.ts';
import { archivedFacts } from '../facts.ts';
import { openFile, unchanging } from '../file/connection.ts';
import { FILE_OBJECT, isVirtual, readObjects, SCHEMA, type SchemaObject } from '../schema/objects.ts';
import { thin } from '../schema/thin.ts';

export interface Chosen {
  readonly objects: readonly SchemaObject[];
  /** Tables that are there without their rows. */
  readonly emptied: readonly string[];
  readonly report: SelectionReport | null;
}

/** Takes out of the copy what is not wanted. */
export async function narrow(copy: string, options: SourceOptions): Promise<Chosen> {
  const { selectTable, excludeTable, comparedWith, reporter } = options;
  const leftOut = comparedWith === undefined ? [] : archivedFacts(comparedWith).withoutRows;
  for (const name of leftOut)
    reporter.warning(`The archive holds no rows of ${printable(name)}: they are not compared.`);
  const isBare = ({ name }: SchemaObject): boolean =>
    options.excludeRows(SCHEMA, name) || leftOut.includes(name);
  const objects = objectsOf(copy);
  const all = [...objects.values()];
  const isTable = ({ kind, table }: SchemaObject): boolean => isRelation(kind) && table === null;
  for (const object of all) {
    if (isTable(object) && excludeTable(SCHEMA, object.name)) objects.delete(object.id);
  }
  // What belongs to nothing that is left goes as well.
  for (const object of all) if (object.partOf.some((whole) => !objects.has(whole))) objects.delete(object.id);
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
  const tables = [...objects.values()].filter(({ kind }) => kind === 'TABLE');
  const bare = new Set(tables.filter(isBare).map(({ id }) => id));
  const hasRows = (id: number): boolean => objects.has(id) && !bare.has(id);
  // A full-text index has the words of the table that it is over.
  const emptied = tables.filter(
    (table) => bare.has(table.id) || (isVirtual(table) && ![...table.needs].every(hasRows)),
  );
  await thin(copy, { dropped: all.filter(({ id }) => !objects.has(id)), emptied }, options.signal);
  return { objects: [...objects.values()], emptied: emptied.map(({ name }) => name), report };
}

function objectsOf(copy: string): Map<number, SchemaObject> {
  const db = openFile(unchanging(copy), { readOnly: true });
  try {
    return readObjects(db);
  } finally {
    db.close();
  }
}
