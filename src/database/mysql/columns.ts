/**
 * How a value is written into an INSERT so that a session with `SET NAMES binary` stores exactly what was read:
 * - `bare`: the server's text as it is (integers, decimals, years). A bare number needs no escapes.
 * - `bytes`: the bytes between quotes, escaped (texts of every character set, binary, dates, times, BIT, geometry, vectors; FLOAT and
 *   DOUBLE too, for a bare -0 would be the integer 0).
 * - `utf8`: as `bytes`, after `_utf8mb4`: types that take no binary string (MySQL's JSON, MariaDB's UUID and INET).
 * - `enum`: as `bytes`, but an empty value as a bare `0`: what an ENUM holds after a value that it does not have was stored in
 *   it without strict mode.
 */
export type Literal = 'bare' | 'bytes' | 'utf8' | 'enum';

/** A column as its rows are read and written. Both servers give back and take the same texts. */
export interface ColumnRows {
  readonly name: string;
  /** The SQL expression to read it by, in a session with `character_set_results = NULL` and `time_zone = '+00:00'`. */
  readonly select: string;
  readonly literal: Literal;
  /**
   * Whether it may hold values that strict mode refuses although they are right: the bare 0 of an ENUM. A session without strict
   * mode stores them with the warning 1265 (`Data truncated for column 'x' at row n`), which is right where the literal of that
   * column in that row is a bare `0`, and means a changed value otherwise.
   */
  readonly lenient: boolean;
}

/** What is to be known of a column's type, all in small letters. */
export interface ColumnType {
  readonly name: string;
  /** The first word of its type as SHOW CREATE TABLE spells it: `int`, `varchar`, `double`. */
  readonly type: string;
  /** The labels of ENUM and SET; none otherwise. */
  readonly labels: readonly string[];
  /** M and D of a FLOAT(M,D) or DOUBLE(M,D): how many digits it has, and how many of them after the point; none otherwise. */
  readonly digits: readonly number[];
}

const NUMBERS: ReadonlySet<string> = new Set([
  'tinyint',
  'smallint',
  'mediumint',
  'int',
  'bigint',
  'decimal',
  'year',
]);
const UTF8_ONLY: ReadonlySet<string> = new Set(['json', 'uuid', 'inet4', 'inet6']);

/** How the rows of a column are read and written. */
export function columnRows({ name, type, labels, digits }: ColumnType): ColumnRows {
  const column = quoteName(name);
  const bare = { name, literal: 'bare', lenient: false } as const;
  if (NUMBERS.has(type)) return { ...bare, select: column };
  // The server prints six digits of a FLOAT, and rounds DOUBLE(M,D) to D decimals: as DOUBLE it prints what tells it from all others.
  if (type === 'float' || type === 'double') {
    return {
      name,
      select: withinDigits(`CAST(${column} AS DOUBLE)`, digits),
      literal: 'bytes',
      lenient: false,
    };
  }
  // The label '' and no label at all read the same: their numbers tell them apart.
  if (labels.includes('')) {
    return { ...bare, select: `CAST(${column} AS UNSIGNED)`, lenient: type === 'enum' };
  }
  if (type === 'enum') return { name, select: column, literal: 'enum', lenient: true };
  return { name, select: column, literal: UTF8_ONLY.has(type) ? 'utf8' : 'bytes', lenient: false };
}

/**
 * A FLOAT(4,1) stores 999.9 as the nearest number that it has, 999.900024, which it does not take itself: its bound is
 * written for it.
 */
function withinDigits(value: string, [all, decimals]: readonly number[]): string {
  if (all === undefined || decimals === undefined) return value;
  const bound = 10 ** (all - decimals) - 10 ** -decimals;
  // As a number of E notation it is a double, not a decimal.
  const text = bound.toExponential();
  return Number.isFinite(bound) ? `LEAST(GREATEST(${value}, -${text}), ${text})` : value;
}

/** A name between backquotes. */
export function quoteName(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``;
}
