/** A character of a pattern; one behind a backslash is no operator. */
interface Token {
  readonly char: string;
  readonly isPlain: boolean;
}

/** What `**` stands for, a name at a time: like a wildcard, it does not begin with a dot. Object stores have empty names. */
const NAME = String.raw`(?!\.)[^/]*`;

/** Systems that take names for the same that differ in the case of letters alone. */
const FOLDS_CASE = process.platform === 'win32' || process.platform === 'darwin';

/**
 * A pattern for whole paths as a regular expression: `*`, `?`, `[a-z]`, `[!a-z]`, `{a,b}`, and `**` in the place of a name for
 * any number of them. As in shells, a wildcard does not match a dot that a name begins with. A backslash takes the next
 * character as it is, on every system: paths of storages have slashes.
 */
export function compileGlob(pattern: string): RegExp {
  const ways = expandBraces(tokensOf(pattern)).map(sourceOf);
  return new RegExp(`^(?:${ways.join('|')})$`, FOLDS_CASE ? 'iu' : 'u');
}

function tokensOf(pattern: string): Token[] {
  const found = pattern.match(/\\?[^]/gu) ?? [];
  return found.map((text) => {
    const isEscaped = text.length > 1 && text.startsWith('\\');
    return { char: isEscaped ? text.slice(1) : text, isPlain: isEscaped || text === '\\' };
  });
}

function isOperator(token: Token | undefined, char: string): boolean {
  return token !== undefined && !token.isPlain && token.char === char;
}

/** The patterns that one with `{a,b}` stands for. Braces that never close, or hold no comma, are as they are. */
function expandBraces(tokens: readonly Token[]): (readonly Token[])[] {
  for (let start = 0; start < tokens.length; start++) {
    const choices = choicesFrom(tokens, start);
    if (choices === null) continue;
    const before = tokens.slice(0, start);
    return choices.flatMap((rest) => expandBraces(rest).map((way) => [...before, ...way]));
  }
  return [tokens];
}

/** What can stand from `start` on, each to the end of the pattern, if braces with a choice begin there. */
function choicesFrom(tokens: readonly Token[], start: number): Token[][] | null {
  if (!isOperator(tokens[start], '{')) return null;
  const bounds = [start];
  for (let at = start, depth = 0; at < tokens.length; at++) {
    const token = tokens[at];
    if (isOperator(token, '{')) depth += 1;
    else if (isOperator(token, '}')) depth -= 1;
    if (depth === 0) {
      if (bounds.length === 1) return null;
      bounds.push(at);
      const rest = tokens.slice(at + 1);
      return bounds.slice(1).map((end, index) => [...tokens.slice((bounds[index] ?? 0) + 1, end), ...rest]);
    }
    if (depth === 1 && isOperator(token, ',')) bounds.push(at);
  }
  return null;
}

function sourceOf(tokens: readonly Token[]): string {
  const names: Token[][] = [[]];
  for (const token of tokens) {
    if (token.char === '/') names.push([]);
    else names.at(-1)?.push(token);
  }
  return names
    .map((name, index) => {
      const isLast = index === names.length - 1;
      if (name.length !== 2 || !name.every((token) => isOperator(token, '*')))
        return nameSource(name) + (isLast ? '' : '/');
      return isLast ? `${NAME}(?:/${NAME})*` : `(?:${NAME}/)*`;
    })
    .join('');
}

function nameSource(tokens: readonly Token[]): string {
  if (tokens.length > 0 && tokens.every((token) => isOperator(token, '*'))) return String.raw`(?!\.)[^/]+`;
  const isWild = isOperator(tokens[0], '*') || isOperator(tokens[0], '?');
  let source = isWild ? String.raw`(?!\.)` : '';
  for (let at = 0; at < tokens.length; at++) {
    const token = tokens[at] as Token;
    const set = isOperator(token, '[') ? readSet(tokens, at + 1) : null;
    if (set !== null) {
      source += at === 0 && set.isNegated ? String.raw`(?!\.)${set.source}` : set.source;
      at = set.end;
    } else if (isOperator(token, '*')) {
      if (!isOperator(tokens[at - 1], '*')) source += '[^/]*';
    } else source += isOperator(token, '?') ? '[^/]' : RegExp.escape(token.char);
  }
  return source;
}

interface CharacterSet {
  readonly source: string;
  readonly isNegated: boolean;
  /** Where its closing bracket stands. */
  readonly end: number;
}

/** The set of characters whose opening bracket stands before `start`; null when it never closes. */
function readSet(tokens: readonly Token[], start: number): CharacterSet | null {
  const isNegated = isOperator(tokens[start], '!') || isOperator(tokens[start], '^');
  const first = isNegated ? start + 1 : start;
  // A bracket that would close an empty set is one of its characters.
  const end = tokens.findIndex((token, at) => at > first && isOperator(token, ']'));
  if (end === -1) return null;
  let members = '';
  for (let at = first; at < end; at++) {
    const from = (tokens[at] as Token).char;
    const isRange = at + 2 < end && isOperator(tokens[at + 1], '-');
    const to = isRange ? (tokens[at + 2] as Token).char : from;
    if (isRange) at += 2;
    if ((from.codePointAt(0) ?? 0) <= (to.codePointAt(0) ?? 0))
      members += `${RegExp.escape(from)}-${RegExp.escape(to)}`;
  }
  return { source: isNegated ? `[^/${members}]` : `[${members}]`, isNegated, end };
}
