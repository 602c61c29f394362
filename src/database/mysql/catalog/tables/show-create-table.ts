import { HoldfastError } from '../../../../core/errors.ts';
import { printable } from '../../../../core/printable.ts';
import { type Token, tokensOf } from '../tokens.ts';

/** A table's CREATE statement as the server prints it, taken apart. */
export interface TableText {
  /** Up to the first element: "CREATE TABLE `t` (\n  ". */
  readonly beginning: string;
  /** Columns, keys, constraints and periods, in order. */
  readonly elements: readonly Element[];
  /** What follows the last element: "\n) ENGINE=InnoDB …", with partitions. */
  readonly ending: string;
}

/** A column, key, constraint or period. */
export interface Element {
  readonly sql: string;
  readonly tokens: readonly DeepToken[];
  /** The name of a column; null for anything else. */
  readonly column: string | null;
}

export interface DeepToken extends Token {
  /** How many parentheses are open around it. */
  readonly depth: number;
}

/** @throws HoldfastError `damaged` for a text that is no CREATE TABLE of a server's */
export function readTableText(sql: string): TableText {
  const tokens = withDepth(tokensOf(sql));
  const open = tokens.findIndex(({ kind, value }) => kind === 'sign' && value === '(');
  const close = tokens.findIndex(
    ({ kind, value, depth }, index) => index > open && kind === 'sign' && value === ')' && depth === 0,
  );
  if (open === -1 || close === -1) {
    throw new HoldfastError('damaged', `A statement makes no table: ${printable(sql.slice(0, 200))}`);
  }
  const elements: Element[] = [];
  for (let first = open + 1, next = first; next <= close; next += 1) {
    const { kind, value, depth } = tokens[next]!;
    if (next < close && !(kind === 'sign' && value === ',' && depth === 1)) continue;
    elements.push(elementOf(sql, tokens.slice(first, next)));
    first = next + 1;
  }
  return {
    beginning: sql.slice(0, tokens[open + 1]!.start),
    elements,
    ending: sql.slice(tokens[close - 1]!.end),
  };
}

export function writeTableText({ beginning, elements, ending }: TableText): string {
  return `${beginning}${elements.map(({ sql }) => sql).join(',\n  ')}${ending}`;
}

/** What an ALTER TABLE of the catalog's adds: keys. */
export function readAdditions(sql: string): Element[] {
  const tokens = withDepth(tokensOf(sql));
  const places = [...tokens.keys()].filter(
    (index) => tokens[index]!.kind === 'word' && tokens[index]!.value === 'ADD' && tokens[index]!.depth === 0,
  );
  // Behind each stands a comma, behind the last a semicolon.
  return places.map((place, index) =>
    elementOf(sql, tokens.slice(place + 1, (places[index + 1] ?? tokens.length) - 1)),
  );
}

/** An element from its text. */
export function elementFrom(sql: string): Element {
  return elementOf(sql, withDepth(tokensOf(sql)));
}

function elementOf(sql: string, tokens: readonly DeepToken[]): Element {
  const { start, depth, kind, value } = tokens[0]!;
  const own = tokens.map((token) => ({
    ...token,
    start: token.start - start,
    end: token.end - start,
    depth: token.depth - depth,
  }));
  return { sql: sql.slice(start, tokens.at(-1)!.end), tokens: own, column: kind === 'name' ? value : null };
}

function withDepth(tokens: readonly Token[]): DeepToken[] {
  let depth = 0;
  return tokens.map((token) => {
    const isSign = token.kind === 'sign';
    if (isSign && token.value === ')') depth -= 1;
    const deep = { ...token, depth };
    if (isSign && token.value === '(') depth += 1;
    return deep;
  });
}
