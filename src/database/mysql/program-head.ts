/** How a statement begins that makes, changes or drops something. */
export interface ProgramHead {
  /** The names of databases in it that say where that is, each with its place up to the name behind its point. */
  readonly qualifiers: readonly { readonly database: string; readonly start: number; readonly end: number }[];
}

interface Token {
  /** `text`: between single quotes. */
  readonly kind: 'name' | 'text' | 'word' | 'sign';
  /** A name without its quotes, a word in capitals. */
  readonly value: string;
  /** As it stands. */
  readonly text: string;
  readonly start: number;
}

const space = String.raw`\s+|--(?=\s)[^\n]*|#[^\n]*|/\*(?!M?!)[^]*?\*/`;
const pattern = new RegExp(
  String.raw`(${space})|\`((?:[^\`]|\`\`)*)\`|"((?:[^"]|"")*)"|('(?:[^'\\]|''|\\[^])*')|([\w$\u0080-\uffff]+)|[^]`,
  'g',
);

/** Double quotes are for names here: no text stands at the beginning of a statement. */
function* tokensOf(sql: string): Generator<Token, undefined> {
  for (const { 0: text, 1: nothing, 2: quoted, 3: doubleQuoted, 4: single, 5: word, index } of sql.matchAll(
    pattern,
  )) {
    const name = quoted?.replaceAll('``', '`') ?? doubleQuoted?.replaceAll('""', '"');
    if (nothing !== undefined) continue;
    if (name !== undefined) yield { kind: 'name', value: name, text, start: index };
    else if (word !== undefined) yield { kind: 'word', value: word.toUpperCase(), text, start: index };
    else yield { kind: single === undefined ? 'sign' : 'text', value: text, text, start: index };
  }
}

const KINDS: ReadonlySet<string> = new Set(
  'TABLE VIEW FUNCTION PROCEDURE PACKAGE TRIGGER EVENT LIBRARY'.split(' '),
);
/** What may stand between CREATE and the kind, beside what options are set to. */
const OPTIONS: ReadonlySet<string> = new Set(
  'OR REPLACE ALGORITHM DEFINER SQL SECURITY INVOKER AGGREGATE JSON RELATIONAL DUALITY = @'.split(' '),
);

/** Reads how a statement begins; null for one that begins otherwise than those of programs, their tables and their removal. */
export function readHead(sql: string): ProgramHead | null {
  const tokens = tokensOf(sql);
  const next = (): Token | undefined => tokens.next().value;
  const verb = next()?.value ?? '';
  if (!['CREATE', 'ALTER', 'DROP'].includes(verb)) return null;
  let token = next();
  for (let before = ''; !(token?.kind === 'word' && KINDS.has(token.value)); token = next()) {
    const isValue = before === '=' || before === '@';
    if (token === undefined || !(isValue || OPTIONS.has(token.value))) return null;
    before = token.value;
  }
  const kind = token.value;
  token = next();
  if (kind === 'PACKAGE' && isWord(token, 'BODY')) token = next();
  for (const word of ['IF', 'NOT', 'EXISTS']) if (isWord(token, word)) token = next();
  const qualifiers: ProgramHead['qualifiers'][number][] = [];
  /** Reads a name, with or without its database. */
  const readName = (): boolean => {
    const first = token;
    if (first?.kind !== 'name' && first?.kind !== 'word') return false;
    token = next();
    if (token?.text !== '.') return true;
    const name = next();
    if (name?.kind !== 'name' && name?.kind !== 'word') return false;
    const database = first.kind === 'word' ? first.text : first.value;
    qualifiers.push({ database, start: first.start, end: name.start });
    token = next();
    return true;
  };
  if (!readName()) return null;
  if (kind === 'TRIGGER' && verb === 'CREATE') {
    for (; !isWord(token, 'ON'); token = next())
      if (token?.kind !== 'word' && token?.kind !== 'name' && token?.value !== ',') return null;
    token = next();
    if (!readName()) return null;
  }
  // What is dropped is one thing.
  return verb === 'DROP' && token !== undefined ? null : { qualifiers };
}

function isWord(token: Token | undefined, word: string): boolean {
  return token?.kind === 'word' && token.value === word;
}

/** A statement that makes what it makes in the default database, whatever database its head names. */
export function withoutQualifiers(sql: string): string {
  let result = '';
  let position = 0;
  for (const { start, end } of readHead(sql)?.qualifiers ?? []) {
    result += sql.slice(position, start);
    position = end;
  }
  return result + sql.slice(position);
}
