import type { Feature } from '../facts.ts';
import { flavorOfMode } from '../sql-modes.ts';

/** What a server has since a version of each flavor, by how a statement shows it. */
const SHOWN: readonly (Omit<Feature, 'object'> & { readonly pattern: RegExp })[] = [
  { what: 'packages', pattern: /^CREATE (?:DEFINER=\S+ )?PACKAGE /, mysql: null, mariadb: 100_303 },
  {
    what: 'aggregate stored functions',
    pattern: /^CREATE (?:DEFINER=\S+ )?AGGREGATE /,
    mysql: null,
    mariadb: 100_303,
  },
  {
    what: 'triggers of several events',
    pattern: /^CREATE (?:DEFINER=\S+ )?TRIGGER (?:`(?:[^`]|``)*`|\S+)\s+(?:BEFORE|AFTER)\s+\w+\s+OR\s/i,
    mysql: null,
    mariadb: 120_000,
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
    const flavor = flavorOfMode(mode);
    if (flavor === null) return [];
    const since = {
      mysql: flavor === 'mysql' ? 80_000 : null,
      mariadb: flavor === 'mariadb' ? 100_600 : null,
    };
    return [{ what: `the sql_mode ${mode}`, object, ...since }];
  });
  const shown = SHOWN.filter(({ pattern }) => pattern.test(sql));
  return [...shown.map(({ what, mysql, mariadb }) => ({ what, object, mysql, mariadb })), ...modes];
}
