import { quoteText } from '../catalog/literals.ts';
import { quoteName } from '../columns.ts';
import type { Row, Session } from '../connection/session.ts';
import { type KeyColumn, keyKind, keyLiteral } from './key-values.ts';

/** The key in whose order a table of InnoDB lies, as far as its values can be bounds. */
export interface TableKey {
  readonly table: string;
  readonly index: string;
  /** The first ones of its columns, at least one. */
  readonly columns: readonly KeyColumn[];
}

/**
 * Collations that do not take trailing spaces for nothing. A CHAR lies in its index with its padding, or without, while
 * comparisons strip it: whether both have the same order is not known.
 */
const WITHOUT_PADDING = /nopad|_0900_/;

/** Values of the first columns of a key, as literals. */
export type Bound = readonly string[];

/** The key of a table of InnoDB that can be read in ranges of it; null where there is none. */
export async function readTableKey(session: Session, table: string): Promise<TableKey | null> {
  const parts = clusteredKey(await session.query(`SHOW INDEX FROM ${quoteName(table)}`));
  const where = `TABLE_SCHEMA = DATABASE() AND TABLE_NAME = _utf8mb3${quoteText(table)}`;
  const [found] = await session.query(
    `SELECT CREATE_OPTIONS LIKE '%partitioned%' AS isPartitioned FROM information_schema.TABLES WHERE ${where}`,
  );
  // Rows of partitions come one partition after another.
  if (parts.length === 0 || found?.['isPartitioned'] === '1') return null;
  const types = await session.query(
    `SELECT COLUMN_NAME AS name, DATA_TYPE AS type, CHARACTER_SET_NAME AS charset, COLLATION_NAME AS collation
    FROM information_schema.COLUMNS WHERE ${where}`,
  );
  const columns: KeyColumn[] = [];
  for (const part of parts) {
    const column = types.find(({ name }) => name === part['Column_name']);
    const { name = null, type = null, charset = null, collation = null } = column ?? {};
    const kind = keyKind(type ?? '', charset);
    if (name === null || kind === null || part['Sub_part'] !== null || part['Collation'] !== 'A') break;
    if (type === 'char' && WITHOUT_PADDING.test(collation ?? '')) break;
    columns.push({ name, kind, charset, collation });
  }
  return columns.length === 0 ? null : { table, index: parts[0]!['Key_name']!, columns };
}

/** The first unique key without NULL, which the primary key is where there is one: by it InnoDB stores the rows. */
function clusteredKey(parts: readonly Row[]): Row[] {
  const names = new Set(parts.map((part) => part['Key_name']));
  for (const name of names) {
    const key = parts.filter((part) => part['Key_name'] === name);
    if (key.every((part) => part['Non_unique'] === '0' && part['Null'] === '')) return key;
  }
  return [];
}

/** What stands behind a table's name to read it by its key. */
export function byKey({ index }: TableKey): string {
  return `FORCE INDEX (${quoteName(index)})`;
}

export function keyOrder({ table, columns }: TableKey, direction: 'ASC' | 'DESC' = 'ASC'): string {
  // A name alone may be that of an expression in the list of what is read.
  const names = columns.map(({ name }) => `${quoteName(table)}.${quoteName(name)} ${direction}`);
  return `ORDER BY ${names.join(', ')}`;
}

/**
 * The condition that a row's key is above (`>`, `>=`) or below (`<`, `<=`) a bound. Comparisons of several columns in parentheses
 * are not made ranges of an index by all servers; these are.
 */
export function compareKey({ columns }: TableKey, operator: '>=' | '<' | '<=', bound: Bound): string {
  const last = bound.length - 1;
  let condition = `${quoteName(columns[last]!.name)} ${operator} ${bound[last]!}`;
  for (let place = last - 1; place >= 0; place -= 1) {
    const name = quoteName(columns[place]!.name);
    condition = `(${name} ${operator[0]!} ${bound[place]!} OR (${name} = ${bound[place]!} AND ${condition}))`;
  }
  return condition;
}

/** The literals of a key's values; null where a value has none. */
export function boundOf({ columns }: TableKey, values: readonly string[]): Bound | null {
  const literals = values.map((value, place) => keyLiteral(columns[place]!, value));
  return literals.every((literal) => literal !== null) ? literals : null;
}
