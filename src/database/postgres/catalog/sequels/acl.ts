import { quoteIdentifier } from '../sql/identifiers.ts';

const TABLE_PRIVILEGES = ['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER'];

/** One entry of an access control list: what one role granted to another. */
export interface AclItem {
  /** Null for PUBLIC. */
  readonly grantee: string | null;
  readonly grantor: string;
  readonly privileges: readonly { readonly name: string; readonly grantable: boolean }[];
}

/** What privileges are granted on. */
export interface AclTarget {
  /** With its kind: `TABLE public.t`. */
  readonly object: string;
  /** The quoted name of a column when the list is the column's. */
  readonly column: string | null;
  /** The role that grants made by a superuser count as made by. */
  readonly owner: string;
  /** All privileges that there are on a table: later servers have more, and all of them is what they make of ALL. */
  readonly all?: readonly string[];
}

/** Statements that grant and revoke, with the roles that they name. */
export interface AclChange {
  readonly sql: string[];
  readonly roles: string[];
}

/**
 * The statements that turn the list `initial` of an object into `current`, entry for entry in the same order. The
 * server appends an entry for each new pair of grantee and grantor, so entries of `initial` stay only where they are
 * the first of `current`; the others are revoked, and granted again in their turn.
 */
export function aclChange(
  target: AclTarget,
  initial: readonly AclItem[],
  current: readonly AclItem[],
): AclChange {
  const kept = new Map<AclItem, AclItem>();
  for (const item of initial) {
    const next = current[kept.size];
    if (next !== undefined && isSamePair(item, next) && !isAnew(target, initial, next)) kept.set(item, next);
  }
  const sql: string[] = [];
  const roles = new Set<string>();
  const add = (item: AclItem, statements: readonly string[]): void => {
    if (statements.length === 0) return;
    sql.push(...asGrantor(target, item, statements));
    if (item.grantee !== null) roles.add(item.grantee);
    if (item.grantor !== target.owner) roles.add(item.grantor);
  };
  for (const item of initial) {
    if (!kept.has(item)) add(item, [revoke(target, ['ALL'], item)]);
  }
  for (const [item, next] of kept) add(next, changes(target, item, next));
  const loans: string[] = [];
  for (const [index, item] of current.entries()) {
    if (index < kept.size) continue;
    const loan = missingOptions(target, item, current.slice(0, index));
    if (loan.length > 0) {
      const borrower = { ...item, grantee: item.grantor };
      sql.push(grant(target, loan, borrower, ' WITH GRANT OPTION'));
      // What the owner grants it anyway has its turn too late, and stays at the price of another order.
      const own = current
        .slice(index)
        .filter((one) => one.grantee === item.grantor && one.grantor === target.owner);
      const kinds = new Map(own.flatMap((one) => one.privileges).map((one) => [one.name, one.grantable]));
      const names = loan.filter((name) => !kinds.has(name));
      const options = loan.filter((name) => kinds.get(name) === false);
      if (names.length > 0) loans.push(revoke(target, names, borrower));
      if (options.length > 0) loans.push(revoke(target, options, borrower, 'GRANT OPTION FOR '));
    }
    add(item, changes(target, { ...item, privileges: [] }, item));
  }
  return { sql: [...sql, ...loans], roles: [...roles] };
}

/**
 * Whether the only entry of a table's initial list is revoked whole, and what is left granted by name: then neither a
 * later server's privileges stay nor an older one's lack matters. Where MAINTAIN is left, what is lost is revoked by name.
 */
function isAnew({ all }: AclTarget, initial: readonly AclItem[], { privileges }: AclItem): boolean {
  if (all === undefined || initial.length !== 1) return false;
  const isMaintainer = privileges.some(({ name }) => name === 'MAINTAIN');
  return !isMaintainer && privileges.length < all.length;
}

/**
 * What the grantor of `item` cannot grant by the entries before it: it lost the right to and got it again, later than what
 * it granted. The owner lends it, until all entries are there. On a column the right can be the whole table's.
 */
function missingOptions(
  target: AclTarget,
  { grantor, privileges }: AclItem,
  before: readonly AclItem[],
): string[] {
  if (grantor === target.owner || target.column !== null) return [];
  const held = before.filter(({ grantee }) => grantee === grantor).flatMap((item) => item.privileges);
  const names = privileges.map(({ name }) => name);
  return names.filter((name) => !held.some((one) => one.name === name && one.grantable));
}

/** What `all` of a target is on a server; only tables have other privileges in other versions. */
export function allPrivileges(object: string, version: number): readonly string[] | undefined {
  if (!/^TABLES?\b/.test(object)) return undefined;
  return version >= 170000 ? [...TABLE_PRIVILEGES, 'MAINTAIN'] : TABLE_PRIVILEGES;
}

function isSamePair(a: AclItem, b: AclItem): boolean {
  return a.grantee === b.grantee && a.grantor === b.grantor;
}

function changes(target: AclTarget, from: AclItem, to: AclItem): string[] {
  const had = new Map(from.privileges.map(({ name, grantable }) => [name, grantable]));
  const has = new Map(to.privileges.map(({ name, grantable }) => [name, grantable]));
  const names = (list: AclItem['privileges']) => list.map(({ name }) => name);
  const lost = names(from.privileges.filter(({ name }) => !has.has(name)));
  const unoptioned = names(
    from.privileges.filter(({ name, grantable }) => grantable && has.get(name) === false),
  );
  const gained = names(to.privileges.filter(({ name, grantable }) => !grantable && !had.has(name)));
  const optioned = names(to.privileges.filter(({ name, grantable }) => grantable && had.get(name) !== true));
  const sql: string[] = [];
  if (lost.length > 0) sql.push(revoke(target, lost, to));
  if (unoptioned.length > 0) sql.push(revoke(target, unoptioned, to, 'GRANT OPTION FOR '));
  if (gained.length > 0) sql.push(grant(target, gained, to));
  if (optioned.length > 0) sql.push(grant(target, optioned, to, ' WITH GRANT OPTION'));
  return sql;
}

function revoke(target: AclTarget, privileges: readonly string[], item: AclItem, option = ''): string {
  return `REVOKE ${option}${privilegeList(target, privileges)} ON ${target.object} FROM ${granteeOf(item)};`;
}

function grant(target: AclTarget, privileges: readonly string[], item: AclItem, option = ''): string {
  return `GRANT ${privilegeList(target, privileges)} ON ${target.object} TO ${granteeOf(item)}${option};`;
}

function granteeOf({ grantee }: AclItem): string {
  return grantee === null ? 'PUBLIC' : quoteIdentifier(grantee);
}

function privilegeList({ column, all }: AclTarget, privileges: readonly string[]): string {
  if (column === null && all?.every((name) => privileges.includes(name))) return 'ALL';
  return privileges.map((name) => (column === null ? name : `${name} (${column})`)).join(', ');
}

/** A grant counts as the owner's unless the session is another grantor's. */
function asGrantor(target: AclTarget, { grantor }: AclItem, sql: readonly string[]): readonly string[] {
  if (grantor === target.owner) return sql;
  return [`SET SESSION AUTHORIZATION ${quoteIdentifier(grantor)};`, ...sql, 'RESET SESSION AUTHORIZATION;'];
}
