import { HoldfastError } from '../../../core/errors.ts';
import { printable } from '../../../core/printable.ts';
import type { Statement, TableInfo } from '../../engine.ts';
import { type ServerError, serverMessage } from '../connection/failure.ts';
import { describeRows } from '../copy.ts';

const longestExcerpt = 120;
/** Statements of these hold how to connect elsewhere, passwords too. */
const SECRET_KINDS = new Set([
  'SUBSCRIPTION',
  'SERVER',
  'USER MAPPING',
  'FOREIGN DATA WRAPPER',
  'FOREIGN TABLE',
]);

/** A server's error on a statement of the schema, in words that name its object and the place in it. */
export function statementFailure(error: ServerError, statement: Statement): HoldfastError {
  const name = statement.schema === null ? statement.name : `${statement.schema}.${statement.name}`;
  const message = [
    `The server refused to restore ${statement.kind.toLowerCase()} ${printable(name)}: ${serverMessage(error)}`,
    !SECRET_KINDS.has(statement.kind) && excerpt(statement.sql, Number(error.position)),
    error.where && indented(error.where),
  ];
  return new HoldfastError('failed', message.filter(Boolean).join('\n'), {
    hint: hintOf(error),
    cause: error,
  });
}

/** A server's error on rows of a table. */
export function loadFailure(error: ServerError, table: TableInfo): HoldfastError {
  const message = [
    `The server refused ${printable(describeRows(table))}: ${serverMessage(error)}`,
    // Says line and column; the value stands there too, so it is cut.
    error.where && indented(shortened(error.where)),
  ];
  return new HoldfastError('failed', message.filter(Boolean).join('\n'), {
    hint: hintOf(error),
    cause: error,
  });
}

function hintOf(error: ServerError): string {
  return (
    hintOfFunction(error) ??
    error.hint ??
    hintFor(error.code) ??
    'Nothing was changed. Mend what the server says, then try again.'
  );
}

/** The codes of a table or a function that is looked for and not found. */
const unfound = ['42P01', '42883'];

/** As the server names the function that an error is in: SQL's, PL/pgSQL's, and those of other languages. */
const functionInContext = /^(?:SQL|PL\/\w+) function (?:"(?<name>[^\n]+?)"|(?<signature>[^\n]+?\)))(?= |$)/m;

/** What helps a function that a check, an index or a generated column calls and that names things without their schema. */
function hintOfFunction({ code, where = '' }: ServerError): string | undefined {
  const { name, signature } = functionInContext.exec(where)?.groups ?? {};
  const found = name ?? signature;
  if (found === undefined || !unfound.includes(code)) return undefined;
  return (
    `Nothing was changed. In a restore, as with pg_dump, the function ${printable(found)} finds only what it names with its schema: ` +
    'write the schemas, or ALTER FUNCTION … SET search_path = …, at the source, and back up again.'
  );
}

/** A server's error on the removal of what the database holds. */
export function clearFailure(error: ServerError): HoldfastError {
  const why =
    error.code === '42501'
      ? 'Restore as a superuser or as the owner of everything in the database.'
      : (error.hint ?? hintFor(error.code) ?? 'Mend what the server says, then try again.');
  return new HoldfastError(
    'failed',
    `The server refused to remove what the database holds: ${serverMessage(error)}`,
    { hint: `${why} Nothing was changed.`, cause: error },
  );
}

/** The line of `sql` at a position counted in characters from 1. */
function excerpt(sql: string, position: number): string | undefined {
  if (!(position >= 1)) return undefined;
  // The server counts characters, not UTF-16 units.
  const before = Array.from(sql)
    .slice(0, position - 1)
    .join('');
  const line = before.split('\n').length;
  const text = sql.split('\n')[line - 1] ?? '';
  return `at line ${line}: ${shortened(text.trim())}`;
}

/** The server's lines, one for each function that it was in, told from those of the message. */
function indented(where: string): string {
  return where.replaceAll(/^/gm, '  ');
}

function shortened(text: string): string {
  return text.length > longestExcerpt ? `${text.slice(0, longestExcerpt)}…` : text;
}

/** What helps, by SQLSTATE. */
function hintFor(code: string): string | undefined {
  switch (code) {
    case '42501':
      return 'Restore as a superuser or a role that may do this. --no-owner and --no-privileges leave owners and grants out.';
    case '42704':
    case '58P01':
      return 'Something that the database needs is missing on this server: install it, then try again.';
    case '53100':
      return 'The disk of the database server is full: make room, then try again.';
    case '53200':
      return 'Raise max_locks_per_transaction on the server: a restore locks every object that it makes.';
    case '42P06':
    case '42P07':
    case '42710':
      return 'The database is not empty: restore into an empty one.';
    case '25006':
      return 'The server is read-only: restore into the primary.';
    case '22021':
    case '22P05':
      return "The target's encoding cannot hold this text: restore into a database with the source's encoding.";
    default:
      return undefined;
  }
}
