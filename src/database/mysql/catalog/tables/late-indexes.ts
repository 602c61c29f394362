import type { ForeignKey } from './foreign-keys.ts';
import type { Element, TableText } from './show-create-table.ts';

/**
 * Those indexes in a table's definition that can be made after its rows so that the server prints the table as before.
 * It sorts them: unique ones first, FULLTEXT ones last, the others as they were made. So only plain ones are taken that no
 * plain one follows which must stay: because of an AUTO_INCREMENT column or a foreign key, or since it is SPATIAL or VECTOR.
 * @param referenced the columns that other tables' foreign keys refer to
 */
export function lateIndexes(
  { elements }: TableText,
  foreignKeys: readonly ForeignKey[],
  referenced: ReadonlySet<string>,
): Element[] {
  const needed = new Set(referenced);
  for (const { columns } of foreignKeys) for (const name of columns) needed.add(name);
  for (const { column, tokens } of elements) {
    if (column !== null && tokens.some(({ kind, value }) => kind === 'word' && value === 'AUTO_INCREMENT')) {
      needed.add(column);
    }
  }
  const last = elements.findLastIndex(
    (element) => isOddKey(element) || (isKey(element) && leads(element, needed)),
  );
  return elements.slice(last + 1).filter(isKey);
}

function isKey({ column, sql }: Element): boolean {
  return column === null && sql.startsWith('KEY ');
}

function isOddKey({ column, sql }: Element): boolean {
  return column === null && /^(?:SPATIAL|VECTOR) KEY /.test(sql);
}

/** Whether its first column is one of these. */
function leads({ tokens }: Element, columns: ReadonlySet<string>): boolean {
  const first = tokens.find(({ kind, depth }) => kind === 'name' && depth === 1);
  return first === undefined || columns.has(first.value);
}
