import { quoteName } from '../../columns.ts';
import type { Element } from './show-create-table.ts';
import type { TableColumn } from './table-columns.ts';

/** A column whose values the server worked out and stored by what a session was set to: its time zone, its language. */
export interface DependentColumn {
  readonly name: string;
  /** An expression: whether the value that a row has is another one than this session gets. */
  readonly differs: string;
}

const FUNCTIONS: ReadonlySet<string> = new Set([
  'date_format',
  'dayname',
  'from_unixtime',
  'monthname',
  'unix_timestamp',
  'week',
]);

/** The stored generated columns of a table that may depend on settings, as far as their values can be compared. */
export function dependentColumns(
  elements: readonly Element[],
  columns: readonly TableColumn[],
): DependentColumn[] {
  const zoned = new Set(columns.filter(({ type }) => type === 'timestamp').map(({ name }) => name));
  return columns.flatMap(({ name, type, generated, rowTime, words }) => {
    const element = elements.find(({ column }) => column === name);
    if (!generated || rowTime !== null || !words.includes('STORED') || element === undefined) return [];
    const expression = expressionOf(element);
    const depends = element.tokens.some(
      ({ kind, value, depth }) =>
        depth > 0 && (kind === 'name' ? zoned.has(value) : FUNCTIONS.has(value.toLowerCase())),
    );
    const stored = expression === null ? null : asStored(expression, type, element);
    if (stored === null || !(depends || zoned.has(name))) return [];
    const [value, now] = [quoteName(name), stored].map((one) => (isText(type) ? bytesOf(one) : one));
    return [{ name, differs: `NOT (${value} <=> ${now})` }];
  });
}

/** What stands in parentheses behind GENERATED ALWAYS AS. */
function expressionOf({ sql, tokens }: Element): string | null {
  const place = tokens.findIndex(({ value, depth }) => depth === 0 && value === 'AS');
  const open = tokens[place + 1];
  const close = tokens.find(
    ({ value, depth, start }) => depth === 0 && value === ')' && start > (open?.start ?? 0),
  );
  return place === -1 || open?.value !== '(' || close === undefined ? null : sql.slice(open.start, close.end);
}

/** What a column of a type stores of an expression; null where that cannot be said in SQL. */
function asStored(expression: string, type: string, { tokens }: Element): string | null {
  // Digits of fractions of seconds.
  const digits = tokens[2]?.value === '(' ? `(${tokens[3]!.value})` : '';
  if (type === 'date') return `CAST(${expression} AS DATE)`;
  if (type === 'time') return `CAST(${expression} AS TIME${digits})`;
  if (type === 'datetime' || type === 'timestamp') return `CAST(${expression} AS DATETIME${digits})`;
  if (/^(?:tiny|small|medium|big)?int$|^year$/.test(type)) return `CAST(${expression} AS SIGNED)`;
  return isText(type) ? expression : null;
}

function isText(type: string): boolean {
  return /^(?:var)?char$|text$/.test(type);
}

/** So that no collation takes two texts for the same. */
function bytesOf(text: string): string {
  return `CAST(CONVERT(${text} USING utf8mb4) AS BINARY)`;
}
