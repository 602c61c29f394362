import { textOf } from '../../../core/byte-text.ts';
import { quoteLiteral } from '../catalog/sql/identifiers.ts';

type Row = Record<string, string | null>;

/** A query as a COPY whose bytes `parseCsvRows` reads: the names of its columns first, every value in quotes. */
export function copyOfQuery(query: string): string {
  return `COPY (${query.trim().replace(/;$/, '')}) TO STDOUT WITH (FORMAT csv, HEADER, FORCE_QUOTE *)`;
}

/** The rows of such a COPY, each value as the server's bytes, whatever they are; see `textOf`. */
export function parseCsvRows(bytes: Buffer): Row[] {
  // One character a byte.
  const lines = readLines(bytes.toString('latin1'));
  const names = (lines.next().value ?? []).map((name) => name ?? '');
  return Array.from(lines, (values) =>
    Object.fromEntries(values.slice(0, names.length).map((value, index) => [names[index]!, value])),
  );
}

const SEPARATOR = /[,\n]/g;

/** The values of each line; what stands without quotes is a name, or nothing: null. */
function* readLines(csv: string): Generator<(string | null)[], void, void> {
  let values: (string | null)[] = [];
  for (let position = 0; position < csv.length;) {
    const isQuoted = csv[position] === '"';
    const end = isQuoted ? endOfQuoted(csv, position) : endOfBare(csv, position);
    const text = isQuoted ? csv.slice(position + 1, end - 1).replaceAll('""', '"') : csv.slice(position, end);
    values.push(isQuoted || text !== '' ? textOf(Buffer.from(text, 'latin1')) : null);
    const separator = csv[end];
    if (separator !== ',' && separator !== '\n') throw new Error(`The server sent no CSV at byte ${end}.`);
    position = end + 1;
    if (separator === ',') continue;
    yield values;
    values = [];
  }
}

/** Where the comma or the line's end stands that ends what is without quotes. */
function endOfBare(csv: string, position: number): number {
  SEPARATOR.lastIndex = position;
  return SEPARATOR.exec(csv)?.index ?? csv.length;
}

/** Behind the quote that closes the one at `position`. */
function endOfQuoted(csv: string, position: number): number {
  for (let end = position + 1; ; end += 2) {
    end = csv.indexOf('"', end);
    if (end === -1) return csv.length;
    if (csv[end + 1] !== '"') return end + 1;
  }
}

type Value = string | number | null;

/**
 * A query without parameters: the values of `$1`, `$2`, … stand in it as literals.
 * @param values texts, numbers, nulls, and lists of them
 */
export function withValues(query: string, values: readonly unknown[]): string {
  if (values.length === 0) return query;
  return query.replaceAll(/\$(\d+)/g, (_, number: string) => {
    return literalOf(values[Number(number) - 1] as Value | readonly Value[]);
  });
}

function literalOf(value: Value | readonly Value[]): string {
  if (value === null) return 'NULL';
  const isList = typeof value === 'object';
  return quoteLiteral(isList ? `{${value.map(elementOf).join(',')}}` : String(value));
}

function elementOf(value: Value): string {
  return value === null ? 'NULL' : `"${String(value).replaceAll(/["\\]/g, '\\$&')}"`;
}
