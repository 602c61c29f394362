const WORD = String.raw`[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*`;
/** What a piece of a statement begins with that is more than one character: a quotation, a word, a colon. */
const PIECE = new RegExp(
  [
    String.raw`\b[eE]?'`,
    "'",
    '"',
    String.raw`\$(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$`,
    WORD,
    ':[:=]',
    String.raw`:(?=["'{A-Za-z_\u0080-\uffff])`,
  ].join('|'),
  'g',
);

/**
 * A statement that means the same to psql as to the server. psql finds the end of a statement by itself, with less grammar
 * than the server has, and replaces variables of its own:
 * - In CREATE FUNCTION it takes the bare word `begin` for the beginning of a body, and waits for an end; the server writes
 *   key words in capitals, and such a name without quotes.
 * - It may take `:"name"` of an array slice for one of its variables.
 * - Where something run meanwhile has turned standard_conforming_strings off, it takes `'\'` for the beginning of a string.
 */
export function psqlStatement(sql: string): string {
  const isFunction = /^CREATE (?:OR REPLACE )?(?:FUNCTION|PROCEDURE)\b/.test(sql) && /\bbegin\b/.test(sql);
  if (!isFunction && !sql.includes('\\') && !/[^:]:["'{A-Za-z_\u0080-\uffff]/.test(sql)) return sql;
  let written = '';
  let position = 0;
  PIECE.lastIndex = 0;
  for (let match = PIECE.exec(sql); match !== null; match = PIECE.exec(sql)) {
    const end = endOfPiece(sql, match.index, match[0]);
    const piece = sql.slice(match.index, end);
    written += sql.slice(position, match.index) + rewritten(piece, isFunction);
    position = end;
    PIECE.lastIndex = end;
  }
  return written + sql.slice(position);
}

function rewritten(piece: string, isFunction: boolean): string {
  if (piece.startsWith("'") && piece.includes('\\')) return `E${piece.replaceAll('\\', '\\\\')}`;
  if (piece === 'begin' && isFunction) return '"begin"';
  return piece === ':' ? ': ' : piece;
}

/** Where a piece ends that begins with `start` at `position`. */
function endOfPiece(sql: string, position: number, start: string): number {
  let end = position + start.length;
  if (start.startsWith('$')) {
    const close = sql.indexOf(start, end);
    return close === -1 ? sql.length : close + start.length;
  }
  const quote = start.at(-1)!;
  if (quote !== "'" && quote !== '"') return end;
  const special = start.length > 1 ? /['\\]/g : quote === "'" ? /'/g : /"/g;
  for (;;) {
    special.lastIndex = end;
    const found = special.exec(sql);
    if (found === null) return sql.length;
    end = found.index + 1;
    // A backslash or a doubled quote takes the next character with it.
    if (found[0] === quote && sql[end] !== quote) return end;
    end += 1;
  }
}
