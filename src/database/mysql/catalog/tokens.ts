/** A piece of SQL as the server prints it. */
export interface Token {
  /** `name`: between backquotes. Space between tokens is none. */
  readonly kind: 'name' | 'text' | 'word' | 'sign';
  /** A name without its quotes; all else as it stands. */
  readonly value: string;
  readonly start: number;
  readonly end: number;
}

const token =
  /`((?:[^`]|``)*)`|('(?:[^'\\]|''|\\[^])*'|"(?:[^"\\]|""|\\[^])*")|([\w$.@]*[\w$@]|[^\0-\x7f]+)|([^\s])/g;

/** The tokens of a statement that the server printed in a session without ANSI_QUOTES and NO_BACKSLASH_ESCAPES. */
export function tokensOf(sql: string): Token[] {
  return Array.from(sql.matchAll(token), (match) => {
    const [whole, name, text, word] = match;
    const place = { start: match.index, end: match.index + whole.length };
    if (name !== undefined) return { kind: 'name', value: name.replaceAll('``', '`'), ...place };
    return {
      kind: text !== undefined ? 'text' : word !== undefined ? 'word' : 'sign',
      value: whole,
      ...place,
    };
  });
}
