import type { Feature } from '../facts.ts';

/** Modes that servers of one flavor alone have. */
const MARIADB_MODES: ReadonlySet<string> = new Set([
  'DB2',
  'EMPTY_STRING_IS_NULL',
  'IGNORE_BAD_TABLE_OPTIONS',
  'MAXDB',
  'MSSQL',
  'MYSQL323',
  'MYSQL40',
  'NO_AUTO_CREATE_USER',
  'NO_FIELD_OPTIONS',
  'NO_KEY_OPTIONS',
  'NO_TABLE_OPTIONS',
  'ORACLE',
  'POSTGRESQL',
  'SIMULTANEOUS_ASSIGNMENT',
  'TIME_ROUND_FRACTIONAL',
]);
const MYSQL_MODES: ReadonlySet<string> = new Set(['TIME_TRUNCATE_FRACTIONAL']);

/** What a server has since a version of each flavor, by how a statement shows it. */
const SHOWN: readonly (Omit<Feature, 'object'> & { readonly pattern: RegExp })[] = [
  { what: 'packages', pattern: /^CREATE (?:DEFINER=\S+ )?PACKAGE /, mysql: null, mariadb: 100_303 },
  {
    what: 'aggregate stored functions',
    pattern: /^CREATE (?:DEFINER=\S+ )?AGGREGATE /,
    mysql: null,
    mariadb: 100_303,
  },
  { what: 'libraries', pattern: /^CREATE LIBRARY /, mysql: 90_200, mariadb: null },
  { what: 'JavaScript routines', pattern: /\n {4}LANGUAGE JAVASCRIPT\n/, mysql: 90_000, mariadb: null },
  {
    what: 'JSON duality views',
    pattern: /^CREATE .*? JSON RELATIONAL DUALITY VIEW /,
    mysql: 90_400,
    mariadb: null,
  },
];

/** What not every server has of what a program needs. */
export function programFeatures(sql: string, sqlMode: string, object: string): Feature[] {
  const modes = sqlMode.split(',').flatMap((mode): Feature[] => {
    const what = `the sql_mode ${mode}`;
    if (MARIADB_MODES.has(mode)) return [{ what, object, mysql: null, mariadb: 100_600 }];
    return MYSQL_MODES.has(mode) ? [{ what, object, mysql: 80_000, mariadb: null }] : [];
  });
  const shown = SHOWN.filter(({ pattern }) => pattern.test(sql));
  return [...shown.map(({ what, mysql, mariadb }) => ({ what, object, mysql, mariadb })), ...modes];
}
