import { HoldfastError } from '../../core/errors.ts';

/** A statement that may hold anything, with what must be set around it, as one text that the `mysql` client runs. */
export interface Program {
  /** Run before it, each on a line of its own: `SET …` or `ALTER DATABASE …`, without semicolon. */
  readonly settings: readonly string[];
  /** The text of the statement, any bytes as `byte-text.ts` has them, without delimiter. */
  readonly body: string;
  /** Further statements of any text, right before and right after it. */
  readonly prelude?: readonly string[];
  readonly postlude?: readonly string[];
  /** Run after it, as `settings`. */
  readonly restoring?: readonly string[];
  /** The character set of the statement, where it is one whose letters may have bytes that are ASCII's. */
  readonly charset?: string;
}

const lines = String.raw`(?:(?:SET|ALTER DATABASE) [^\n;]*;\n|\\C \w+\n)*`;
const beginning = new RegExp(String.raw`^(${lines})DELIMITER (\S+)\n`);
const ending = new RegExp(String.raw`^DELIMITER ;(?:\n|$)(${lines})$`);
const setting = /^(?:SET|ALTER DATABASE) [^\n;]*$/;

/**
 * Writes a program so that the client sends exactly these statements: between lines with a delimiter that they do not
 * hold. `readStatements` reads it again.
 */
export function writeProgram(program: Program): string {
  const { settings, body, prelude = [], postlude = [], restoring = [], charset } = program;
  const statements = [...prelude, body, ...postlude];
  const delimiter = delimiterFor(statements);
  const [reading, readingAgain] = charset === undefined ? [[], []] : [[`\\C ${charset}`], ['\\C utf8mb4']];
  return [
    ...reading,
    ...settings.map(settingLine),
    `DELIMITER ${delimiter}`,
    ...statements.flatMap((statement) => [guard(statement), delimiter]),
    'DELIMITER ;',
    ...readingAgain,
    ...restoring.map(settingLine),
  ].join('\n');
}

/** The server's statements in the text of a `Statement`, in order, without delimiters. */
export function readStatements(sql: string): string[] {
  const opening = beginning.exec(sql);
  if (opening === null) return [sql.endsWith(';') ? sql.slice(0, -1) : sql];
  const [{ length }, settings = '', delimiter = ''] = opening;
  const statements = settingsIn(settings);
  const end = `\n${delimiter}\n`;
  for (let position = length; ;) {
    const closing = ending.exec(`${sql.slice(position)}\n`);
    if (closing !== null) return [...statements, ...settingsIn(closing[1] ?? '')];
    const next = sql.indexOf(end, position);
    if (next === -1) throw new HoldfastError('damaged', `A statement does not end with ${delimiter}.`);
    statements.push(unguard(sql.slice(position, next)));
    position = next + end.length;
  }
}

function settingLine(statement: string): string {
  if (!setting.test(statement)) throw new Error(`no setting of one line: ${statement}`);
  return `${statement};`;
}

function settingsIn(text: string): string[] {
  // The client's own command for how it reads is none of the server's.
  return text.split(/;\n|\\C \w+\n/).filter((statement) => statement !== '');
}

function delimiterFor(statements: readonly string[]): string {
  const isFree = (delimiter: string) => !statements.some((statement) => statement.includes(delimiter));
  for (const delimiter of [';;', '$$', '//']) if (isFree(delimiter)) return delimiter;
  for (let number = 1; ; number += 1) if (isFree(`$${number}$`)) return `$${number}$`;
}

/**
 * Where the client, which looks for delimiters, changes what it sends or reads it otherwise than the server: it puts a
 * space behind comments, takes `delimiter` for a command of its own, and mistakes comments within `/*!` and dollar quotes.
 */
const misread = /\*\/\S|delimiter\s|\/\*[!+M]|\$\$|\$\w+\$/i;

/**
 * Makes the client believe that the statement is in quotes, which it sends as they are, and what the statement has in such
 * quotes is not: that must be plain. The server skips the marks as comments for a version that never comes, and does not
 * keep them.
 */
function guard(statement: string): string {
  if (!misread.test(statement)) return statement;
  const quote = ['"', "'", '`'].find((candidate) => leavesPlain(statement, candidate));
  return quote === undefined ? statement : `${guardWith(quote)} ${statement}\n${guardWith(quote)}`;
}

/** Whether the statement has nothing but plain text in this kind of quotes. */
function leavesPlain(statement: string, quote: string): boolean {
  const pieces = statement.split(quote);
  const isBalanced = pieces.length % 2 === 1 && !statement.includes(`\\${quote}`);
  return isBalanced && pieces.every((piece, index) => index % 2 === 0 || /^[\w @%.,:]*$/.test(piece));
}

function unguard(statement: string): string {
  const quote = /^\/\*!999999 (["'`]) \*\/ /.exec(statement)?.[1];
  if (quote === undefined) return statement;
  const mark = guardWith(quote);
  if (!statement.endsWith(`\n${mark}`)) return statement;
  return statement.slice(mark.length + 1, -mark.length - 1);
}

function guardWith(quote: string): string {
  return `/*!999999 ${quote} */`;
}
