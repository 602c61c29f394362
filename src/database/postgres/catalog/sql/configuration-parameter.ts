import { quoteIdentifier, quoteLiteral } from './identifiers.ts';

/** A configuration parameter kept in the catalogs (of a function, a database, a role): `name=value` there. */
export interface Setting {
  readonly name: string;
  readonly value: string;
}

/**
 * Parameters whose value is a list of names, each quoted where it needs to be (flag GUC_LIST_QUOTE in guc.h; only the
 * server's own parameters can have it). Such a value must be given as a list: as one string it would be one name.
 */
const LISTS_OF_NAMES = new Set([
  'local_preload_libraries',
  'search_path',
  'session_preload_libraries',
  'shared_preload_libraries',
  'temp_tablespaces',
  'unix_socket_directories',
]);

export function parseSetting(item: string): Setting {
  const equals = item.indexOf('=');
  return { name: item.slice(0, equals), value: item.slice(equals + 1) };
}

/** The clause `SET name TO value` that stores exactly this value; null for an empty list of names, see `emptyListClause`. */
export function setClause({ name, value }: Setting): string | null {
  const isList = LISTS_OF_NAMES.has(name.toLowerCase());
  const literals = isList ? splitNames(value).map(quoteLiteral) : [quoteLiteral(value)];
  return literals.length === 0 ? null : `SET ${quoteIdentifier(name)} TO ${literals.join(', ')}`;
}

/**
 * No list after `SET … TO` stores an empty list, only the session's own value does: the statement to run first, and
 * the clause. Both parameters that can be stored this way are empty in a session anyway.
 */
export function emptyListClause({ name }: Setting): { first: string; clause: string } {
  return {
    first: `SELECT pg_catalog.set_config(${quoteLiteral(name)}, '', false);`,
    clause: `SET ${quoteIdentifier(name)} FROM CURRENT`,
  };
}

/** The names of a stored list: `a, "B c", "say ""x"""`. */
function splitNames(list: string): string[] {
  return [...list.matchAll(/"((?:[^"]|"")*)"|[^\s,"]+/g)].map(
    ([word, quoted]) => quoted?.replaceAll('""', '"') ?? word,
  );
}
