import { printable } from '../../../../core/printable.ts';
import { quoteName } from '../../columns.ts';
import type { Session } from '../../connection/session.ts';
import { quoteText } from '../literals.ts';
import { type DeepToken, type Element, elementFrom, writeTableText } from './show-create-table.ts';
import { labelTokens } from './table-columns.ts';
import { parseTable, type ReadTable } from './read-table.ts';

/** Character sets with letters beyond the first 65,536 of Unicode. */
const WIDE: ReadonlySet<string> = new Set(['utf8mb4', 'utf16', 'utf16le', 'utf32', 'gb18030']);

/**
 * SHOW CREATE TABLE prints a question mark for each letter beyond the first 65,536 of Unicode in the labels of ENUM and SET, and
 * MariaDB's in defaults too. This puts the letters back as far as queries tell them: labels that rows have, defaults of
 * columns that may be NULL or of tables with rows.
 */
export async function withLostLetters(session: Session, table: ReadTable): Promise<ReadTable> {
  const { listed, text } = table;
  const from =
    quoteName(listed.name) + (/ WITH SYSTEM VERSIONING/.test(text.ending) ? ' FOR SYSTEM_TIME ALL' : '');
  const warnings: string[] = [];
  const elements: Element[] = [];
  for (const element of text.elements) {
    const name = element.column;
    if (name === null || !WIDE.has(charsetOf(element, listed.collation))) {
      elements.push(element);
      continue;
    }
    const found = new Map<DeepToken, string | null>();
    for (const [index, token] of labelTokens(element.tokens).entries()) {
      if (isDoubtful(token)) found.set(token, await readLabel(session, element, from, index));
    }
    const byDefault = defaultToken(element);
    if (session.server.flavor === 'mariadb' && byDefault !== undefined && isDoubtful(byDefault)) {
      found.set(byDefault, await readDefault(session, name, from));
    }
    if ([...found.values()].includes(null)) {
      warnings.push(
        `The question marks in the definition of column ${printable(name)} of table ${printable(listed.name)} may stand for letters that the server does not tell.`,
      );
    }
    elements.push(replaceTokens(element, found));
  }
  if (elements.every((element, index) => element === text.elements[index])) return { ...table, warnings };
  return { ...parseTable(listed, writeTableText({ ...text, elements })), warnings };
}

function isDoubtful({ value }: DeepToken): boolean {
  return value.includes('?');
}

/** The character set that a column has, or its table. */
function charsetOf({ tokens }: Element, collation: string | null): string {
  const place = tokens.findIndex(
    ({ kind, value, depth }) => kind === 'word' && value === 'CHARACTER' && depth === 0,
  );
  return place === -1 ? (collation ?? '').split('_')[0]! : tokens[place + 2]!.value;
}

function defaultToken({ tokens }: Element): DeepToken | undefined {
  const place = tokens.findIndex(
    ({ kind, value, depth }) => kind === 'word' && value === 'DEFAULT' && depth === 0,
  );
  const next = tokens[place + 1];
  return place !== -1 && next?.kind === 'text' ? next : undefined;
}

async function readLabel(
  session: Session,
  element: Element,
  from: string,
  index: number,
): Promise<string | null> {
  const column = quoteName(element.column!);
  const isSet = element.tokens[1]!.value === 'set';
  const condition = isSet ? `${column} & ${1n << BigInt(index)}` : `${column} = ${index + 1}`;
  const [row] = await session.query(
    `SELECT CAST(${column} AS UNSIGNED) AS number, CONVERT(${column} USING utf8mb4) AS text FROM ${from} WHERE ${condition} LIMIT 1`,
  );
  if (row === undefined) return null;
  if (!isSet) return row['text']!;
  const before = BigInt(row['number']!) & ((1n << BigInt(index)) - 1n);
  return row['text']!.split(',')[before.toString(2).replaceAll('0', '').length]!;
}

async function readDefault(session: Session, name: string, from: string): Promise<string | null> {
  const value = `CONVERT(DEFAULT(t.${quoteName(name)}) USING utf8mb4) AS text`;
  for (const source of [`(SELECT 1) AS one LEFT JOIN ${from} AS t ON FALSE`, `${from} AS t LIMIT 1`]) {
    const [row] = await session.query(`SELECT ${value} FROM ${source}`);
    if (typeof row?.['text'] === 'string') return row['text'];
  }
  return null;
}

function replaceTokens(element: Element, found: ReadonlyMap<DeepToken, string | null>): Element {
  let sql = '';
  let position = 0;
  for (const [{ start, end, value }, text] of found) {
    sql += element.sql.slice(position, start) + (text === null ? value : quoteText(text));
    position = end;
  }
  return position === 0 ? element : elementFrom(sql + element.sql.slice(position));
}
