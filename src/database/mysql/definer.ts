import { HoldfastError } from '../../core/errors.ts';

/** Who a program or a view runs as. */
export interface Account {
  readonly user: string;
  /** Null for a role of MariaDB. */
  readonly host: string | null;
}

const name = String.raw`(?:\`(?:[^\`]|\`\`)*\`|"(?:[^"]|"")*"|'(?:[^']|'')*'|[^\s\`"'@=]+)`;
/** How SHOW CREATE begins. */
const clause = new RegExp(
  String.raw`^((?:CREATE|ALTER) (?:ALGORITHM=\w+ )?)DEFINER=(${name})(?:@(${name}))? `,
);
const account = new RegExp(`^(${name})(?:@(${name}))?$`);

/** The definer of a statement as SHOW CREATE gives it; null where it has none. */
export function definerOf(sql: string): Account | null {
  const [, , user, host] = clause.exec(sql) ?? [];
  return user === undefined
    ? null
    : { user: unquoted(user), host: host === undefined ? null : unquoted(host) };
}

/**
 * One of the server's statements (`readStatements`) with another definer.
 * @param definer null: without one, which makes it the account that runs the statement
 */
export function withDefiner(sql: string, definer: Account | null): string {
  return sql.replace(clause, (_, start: string) =>
    definer === null ? start : `${start}${clauseOf(definer)} `,
  );
}

/** As SHOW CREATE writes it: ``DEFINER=`app`@`%` ``. */
export function clauseOf({ user, host }: Account): string {
  return `DEFINER=${quoted(user)}${host === null ? '' : `@${quoted(host)}`}`;
}

/** An account for people: `app@%`. */
export function accountLabel({ user, host }: Account): string {
  return host === null ? user : `${user}@${host}`;
}

/**
 * Reads what users give as an account: `app@%`, `'app'@'localhost'`; `%` where no host is given.
 * @throws HoldfastError `usage` for anything else
 */
export function parseAccount(text: string): Account {
  const at = text.lastIndexOf('@');
  const isQuoted = /^[`"']/.test(text);
  const [, user, host] = account.exec(text) ?? [];
  if (user !== undefined && user !== '') {
    return { user: unquoted(user), host: host === undefined ? '%' : unquoted(host) };
  }
  // A user's name may hold an @ of its own.
  if (!isQuoted && at > 0 && at < text.length - 1)
    return { user: text.slice(0, at), host: text.slice(at + 1) };
  throw new HoldfastError('usage', `${JSON.stringify(text)} is not an account.`, {
    hint: 'Give the user and the host that it connects from, like app@% or app@localhost.',
  });
}

function quoted(text: string): string {
  return `\`${text.replaceAll('`', '``')}\``;
}

function unquoted(text: string): string {
  const quote = /^[`"']/.exec(text)?.[0];
  return quote === undefined ? text : text.slice(1, -1).replaceAll(quote + quote, quote);
}
