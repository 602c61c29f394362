import type { Statement } from '../engine.ts';
import { readStatements } from './script.ts';

/** Statements that name no database. */
const NAMELESS: ReadonlySet<string> = new Set([
  'SETTING',
  'DATABASE',
  'TABLE',
  'INDEX',
  'SEQUENCE',
  'SEQUENCE SET',
]);

const mode = /^SET .*\bsql_mode = '([^']*)'/;
const escaped = String.raw`(?:[^'\\]|''|\\[^])*`;
const plain = "(?:[^']|'')*";

/** Names, with or without quotes, points, and all else: texts, comments, signs. */
function tokenPattern(text: string): RegExp {
  const comments = String.raw`--\s[^\n]*|#[^\n]*|/\*(?![!M])[^]*?\*/`;
  return new RegExp(
    String.raw`\`((?:[^\`]|\`\`)*)\`|"((?:[^"]|"")*)"|'${text}'|${comments}|([\w$\u0080-\uffff]+)|\S`,
    'g',
  );
}

/** Whether a program's text calls the database that it is in by its name: restored under another, it goes on using this one. */
export function namesDatabase({ kind, sql }: Pick<Statement, 'kind' | 'sql'>, database: string): boolean {
  if (NAMELESS.has(kind) || !sql.toLowerCase().includes(database.toLowerCase())) return false;
  const statements = readStatements(sql);
  const modes = statements.flatMap((statement) => mode.exec(statement)?.[1] ?? []);
  const pattern = tokenPattern(modes[0]?.includes('NO_BACKSLASH_ESCAPES') ? plain : escaped);
  return statements.some((statement) => hasQualifier(statement, pattern, database.toLowerCase()));
}

function hasQualifier(sql: string, pattern: RegExp, database: string): boolean {
  let before = '';
  let isName = false;
  for (const [token, quoted, doubleQuoted, word] of sql.matchAll(pattern)) {
    if (/^(?:--\s|#|\/\*)/.test(token)) continue;
    if (isName && token === '.') return true;
    const name = quoted?.replaceAll('``', '`') ?? doubleQuoted?.replaceAll('""', '"') ?? word ?? '';
    isName = name.toLowerCase() === database && before !== '.' && before !== '@';
    before = token;
  }
  return false;
}
