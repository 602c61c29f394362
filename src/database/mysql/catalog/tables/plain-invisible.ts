import { type Element, elementFrom, type TableText } from './show-create-table.ts';

/**
 * MySQL prints the INVISIBLE of a column within a comment for its own versions. MariaDB, which has invisible columns too, would
 * pass over it: the column would come back visible.
 */
export function plainInvisible(text: TableText): TableText {
  return { ...text, elements: text.elements.map(plainColumn) };
}

function plainColumn(element: Element): Element {
  const { column, sql, tokens } = element;
  const place = tokens.findIndex(
    ({ kind, value, depth }, index) =>
      kind === 'word' && value === 'INVISIBLE' && depth === 0 && tokens[index - 1]?.value === '80023',
  );
  if (column === null || place === -1) return element;
  // Before the word stand "/", "*", "!" and the version, behind it "*" and "/".
  return elementFrom(
    `${sql.slice(0, tokens[place - 4]!.start)}INVISIBLE${sql.slice(tokens[place + 2]!.end)}`,
  );
}
