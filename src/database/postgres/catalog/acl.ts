/** One entry of an access control list: what one role granted to another. */
export interface AclItem {
  /** As SQL has it: a quoted name, or PUBLIC. */
  readonly grantee: string;
  readonly grantor: string;
  readonly privileges: readonly { readonly name: string; readonly grantable: boolean }[];
}

/** What privileges are granted on. */
export interface AclTarget {
  /** With its kind: `TABLE public.t`. */
  readonly object: string;
  /** The quoted name of a column when the list is the column's. */
  readonly column: string | null;
  /** The role, quoted, that grants made by a superuser count as made by. */
  readonly owner: string;
}

/**
 * The statements that turn the list `initial` of an object into `current`, entry for entry in the same order. The
 * server appends an entry for each new pair of grantee and grantor, so entries of `initial` stay only where they are
 * the first of `current`; the others are revoked, and granted again in their turn.
 */
export function aclStatements(
  target: AclTarget,
  initial: readonly AclItem[],
  current: readonly AclItem[],
): string[] {
  const kept = new Map<AclItem, AclItem>();
  for (const item of initial) {
    const next = current[kept.size];
    if (next !== undefined && isSamePair(item, next)) kept.set(item, next);
  }
  const sql: string[] = [];
  for (const item of initial) {
    const next = kept.get(item);
    if (next === undefined) sql.push(...asGrantor(target, item, [revoke(target, ['ALL'], item)]));
  }
  for (const [item, next] of kept) sql.push(...asGrantor(target, next, changes(target, item, next)));
  for (const item of current.slice(kept.size)) {
    sql.push(...asGrantor(target, item, changes(target, { ...item, privileges: [] }, item)));
  }
  return sql;
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
  return `REVOKE ${option}${privilegeList(target, privileges)} ON ${target.object} FROM ${item.grantee};`;
}

function grant(target: AclTarget, privileges: readonly string[], item: AclItem, option = ''): string {
  return `GRANT ${privilegeList(target, privileges)} ON ${target.object} TO ${item.grantee}${option};`;
}

function privilegeList({ column }: AclTarget, privileges: readonly string[]): string {
  return privileges.map((name) => (column === null ? name : `${name} (${column})`)).join(', ');
}

/** A grant counts as the owner's unless the session is another grantor's. */
function asGrantor(target: AclTarget, { grantor }: AclItem, sql: readonly string[]): readonly string[] {
  if (grantor === target.owner || sql.length === 0) return sql;
  return [`SET SESSION AUTHORIZATION ${grantor};`, ...sql, 'RESET SESSION AUTHORIZATION;'];
}
