import { quoteName } from '../../columns.ts';
import type { ObjectStatement } from '../object.ts';
import { type Element, elementFrom, type TableText } from './show-create-table.ts';

/**
 * MySQL prints COLLATE without CHARACTER SET where a column has the table's collation and was never given one; written
 * so, the column would be given it, and print CHARACTER SET as well.
 */
export function inheritCollations(text: TableText): TableText {
  return { ...text, elements: text.elements.map(inheritCollation) };
}

function inheritCollation(element: Element): Element {
  if (element.column === null) return element;
  const words = element.tokens.filter(({ kind, depth }) => kind === 'word' && depth === 0);
  const place = words.findIndex(({ value }) => value === 'COLLATE');
  if (place === -1 || words.some(({ value }) => value === 'CHARACTER')) return element;
  const { start } = words[place]!;
  const { end } = words[place + 1]!;
  return elementFrom(element.sql.slice(0, start).trimEnd() + element.sql.slice(end));
}

/**
 * Columns that were never given a character set keep that which the table had when they were made. MySQL prints it for them
 * without COLLATE; written so, they would be given it, and print COLLATE as well. These statements, for the empty table, make
 * it theirs by changing that of the table.
 */
export function keepImplicitCharsets({ elements, ending }: TableText, table: string): ObjectStatement[] {
  const tableCharset = / DEFAULT CHARSET=\w+(?: COLLATE=\w+)?/.exec(ending)?.[0];
  const byCharset = Map.groupBy(
    elements.filter(isOfOldCharset),
    ({ tokens }) => tokens[charsetPlace(tokens) + 2]!.value,
  );
  if (tableCharset === undefined || byCharset.size === 0) return [];
  const changes = Array.from(byCharset, ([charset, columns]) =>
    [`DEFAULT CHARSET=${charset}`, ...columns.map((column) => `MODIFY ${withoutCharset(column)}`)].join(
      ',\n  ',
    ),
  );
  return [...changes, tableCharset.trim()].map((change) => ({
    kind: 'TABLE',
    sql: `ALTER TABLE ${quoteName(table)}\n  ${change};`,
  }));
}

function isOfOldCharset({ column, tokens }: Element): boolean {
  if (column === null || charsetPlace(tokens) === -1) return false;
  return !tokens.some(({ kind, value, depth }) => kind === 'word' && value === 'COLLATE' && depth === 0);
}

function charsetPlace(tokens: Element['tokens']): number {
  return tokens.findIndex(
    ({ kind, value, depth }) => kind === 'word' && value === 'CHARACTER' && depth === 0,
  );
}

function withoutCharset({ sql, tokens }: Element): string {
  const place = charsetPlace(tokens);
  return sql.slice(0, tokens[place]!.start).trimEnd() + sql.slice(tokens[place + 2]!.end);
}
