import { HoldfastError } from '../../../../core/errors.ts';
import type { Account } from '../../definer.ts';
import { clauseOf, definerOf } from '../../definer.ts';
import type { Feature } from '../../facts.ts';
import type { Row, Session } from '../../connection/session.ts';
import { writeProgram } from '../../script.ts';
import { inCharset } from './client-charset.ts';
import { quoteText } from '../literals.ts';
import type { SchemaObject } from '../object.ts';
import { programFeatures } from '../../features/program-features.ts';

/** A stored program or view of the schema. */
export interface ProgramObject extends SchemaObject {
  /** Who it runs as; null for what has none (a library). */
  readonly definer: Account | null;
  /** Collations that its statement names. */
  readonly collations: readonly string[];
  readonly features: readonly Feature[];
}

/** What programs are in. */
export interface Surroundings {
  readonly database: string;
  /** The database's own. */
  readonly collation: string;
}

/** What a program was made under, as SHOW CREATE tells it. */
export interface ProgramContext {
  readonly charset: string;
  readonly collation: string;
  readonly sqlMode: string;
  readonly timeZone: string;
  /** The database's collation when it was made; null where that means nothing. */
  readonly databaseCollation: string | null;
}

/** The context in a row of SHOW CREATE FUNCTION and its like. */
export function contextOf(row: Row): ProgramContext {
  return {
    charset: row['character_set_client'] ?? 'utf8mb4',
    collation: row['collation_connection'] ?? 'utf8mb4_general_ci',
    sqlMode: row['sql_mode'] ?? '',
    timeZone: row['time_zone'] ?? '+00:00',
    databaseCollation: row['Database Collation'] ?? null,
  };
}

/** Character sets with letters whose second byte may be that of a backslash or a backtick. */
const ambiguousCharsets: ReadonlySet<string> = new Set(['big5', 'cp932', 'gb18030', 'gbk', 'sjis']);

/** The text of a program's `Statement`. */
function programText(
  context: ProgramContext,
  collationOfDatabase: string,
  statements: { body: string; prelude?: readonly string[]; postlude?: readonly string[] },
): string {
  const { charset, collation, sqlMode, timeZone, databaseCollation } = context;
  const values = [
    `character_set_client = ${charset}`,
    `collation_connection = ${collation}`,
    `sql_mode = ${quoteText(sqlMode)}`,
    `time_zone = ${quoteText(timeZone)}`,
  ];
  const differs = databaseCollation !== null && databaseCollation !== collationOfDatabase;
  const collate = (name: string) => `ALTER DATABASE COLLATE ${name}`;
  return writeProgram({
    settings: [...(differs ? [collate(databaseCollation)] : []), `SET ${values.join(', ')}`],
    ...statements,
    ...(ambiguousCharsets.has(charset) && { charset }),
    restoring: differs ? [collate(collationOfDatabase)] : [],
  });
}

/** The collations that `programText` names. */
function collationsOf({ collation, databaseCollation }: ProgramContext): string[] {
  return databaseCollation === null ? [collation] : [collation, databaseCollation];
}

/** Parts of a statement that servers print in UTF-8 whatever character set the rest is in. */
interface Header {
  /** Names between backquotes with what stands before them: ``EVENT `e` ``. */
  readonly names: readonly { readonly before: string; readonly name: string }[];
  /** The comment, with what stands before and after the clause. */
  readonly comment: { readonly before: string; readonly text: string; readonly after: string } | null;
}

/**
 * Puts right what servers do not print as it must be read: names and comments in UTF-8 amid a body in another character set,
 * and backslashes in comments of programs that were made under NO_BACKSLASH_ESCAPES.
 * @param sql as SHOW CREATE gives it to a session that reads in the program's own character set
 * @throws HoldfastError `failed` for a name that the character set cannot hold
 */
export async function withExactHeader(
  session: Session,
  sql: string,
  { charset, sqlMode }: ProgramContext,
  { names, comment }: Header,
): Promise<string> {
  let text = sql;
  const convert = async (value: string): Promise<string> => {
    const converted = await inCharset(session, value, charset);
    if (converted !== null) return converted;
    throw new HoldfastError(
      'failed',
      `The character set ${charset} cannot hold all of ${JSON.stringify(value)}, but a program was made with it.`,
      {
        hint: 'Make the program again from a client with the character set utf8mb4.',
      },
    );
  };
  const replace = (from: string, to: string): void => {
    const position = text.indexOf(from);
    if (from !== to && position !== -1)
      text = text.slice(0, position) + to + text.slice(position + from.length);
  };
  const definer = definerOf(sql);
  if (definer !== null) {
    replace(clauseOf(definer), clauseOf({ ...definer, user: await convert(definer.user) }));
  }
  for (const { before, name } of names) {
    for (const quote of ['`', '"']) {
      const quoted = (value: string) => quote + value.replaceAll(quote, quote + quote) + quote;
      replace(`${before}${quoted(name)}`, `${before}${quoted(await convert(name))}`);
    }
  }
  if (comment !== null && comment.text !== '') {
    const { before, text: value, after } = comment;
    const converted = await convert(value);
    const literal = sqlMode.includes('NO_BACKSLASH_ESCAPES')
      ? `'${converted.replaceAll("'", "''")}'`
      : quoteText(converted);
    replace(`${before}${quoteText(value)}${after}`, `${before}${literal}${after}`);
  }
  return text;
}

/** What a program is, before its statement is read. */
export interface NamedProgram {
  readonly kind: string;
  readonly name: string;
  readonly table: string | null;
  readonly needs: readonly string[];
  readonly partOf: readonly string[];
}

/** A program's statement, as the server makes it again. */
export interface ReadProgramText {
  readonly context: ProgramContext;
  readonly body: string;
  readonly prelude?: readonly string[];
  readonly postlude?: readonly string[];
  /** As in `Statement.kind`; the program's own kind unless given. */
  readonly statementKind?: string;
}

/** A program with its statement; or with the reason why it cannot be read, which only matters when it is wanted. */
export async function readProgram(
  program: NamedProgram,
  { collation }: Surroundings,
  read: () => Promise<ReadProgramText>,
): Promise<ProgramObject> {
  const nothing = { ...program, preData: [], postData: [], definer: null, collations: [], features: [] };
  try {
    const { context, statementKind = program.kind, ...shown } = await read();
    const body = withoutTerminator(shown.body);
    const statements = { ...shown, body };
    return {
      ...nothing,
      postData: [{ kind: statementKind, sql: programText(context, collation, statements) }],
      definer: definerOf(body),
      collations: collationsOf(context),
      features: programFeatures(body, context.sqlMode, program.name),
    };
  } catch (error) {
    if (!(error instanceof HoldfastError)) throw error;
    return { ...nothing, failure: error };
  }
}

/** A program that came in a packet of several statements MySQL keeps with the semicolon behind it, which is not made again. */
function withoutTerminator(body: string): string {
  let text = body;
  while (text.trimEnd().endsWith(';')) text = text.trimEnd().slice(0, -1);
  return text;
}

/** Fails for a definition that the account may not see. */
export function requireText(text: string | null | undefined, what: string, hint: string): string {
  if (typeof text === 'string' && text !== '') return text;
  throw new HoldfastError('failed', `The account of the backup may not see the definition of ${what}.`, {
    hint,
  });
}
