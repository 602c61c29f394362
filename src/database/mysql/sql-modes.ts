import type { ServerVersion } from './connection/server.ts';

type Flavor = ServerVersion['flavor'];

/** Modes that one flavor alone knows, and that mean something to a program. */
const MEANINGFUL: Readonly<Record<Flavor, ReadonlySet<string>>> = {
  mariadb: new Set([
    'EMPTY_STRING_IS_NULL',
    'IGNORE_BAD_TABLE_OPTIONS',
    // A TIMESTAMP is a DATETIME.
    'MAXDB',
    // Names stand in square brackets.
    'MSSQL',
    'ORACLE',
    'SIMULTANEOUS_ASSIGNMENT',
  ]),
  mysql: new Set(),
};

/**
 * Modes that one flavor alone knows, and without which a program means the same on the other: what GRANT did before accounts had
 * to be made first, how SHOW CREATE prints, names for several modes that are set besides, and what the other does anyway: MySQL rounds
 * fractions of seconds unless told otherwise, MariaDB cuts them off.
 */
const NEEDLESS: Readonly<Record<Flavor, ReadonlySet<string>>> = {
  mariadb: new Set([
    'DB2',
    'MYSQL323',
    'MYSQL40',
    'NO_AUTO_CREATE_USER',
    'NO_FIELD_OPTIONS',
    'NO_KEY_OPTIONS',
    'NO_TABLE_OPTIONS',
    'POSTGRESQL',
    'TIME_ROUND_FRACTIONAL',
  ]),
  mysql: new Set(['TIME_TRUNCATE_FRACTIONAL']),
};

/** The flavor that a program's mode binds it to; null where there is none. */
export function flavorOfMode(mode: string): Flavor | null {
  return (['mariadb', 'mysql'] as const).find((flavor) => MEANINGFUL[flavor].has(mode)) ?? null;
}

const pattern =
  /^(SET character_set_client = \w+, collation_connection = \w+, sql_mode = ')([A-Z0-9_,]*)(?=')/;

/** A statement that sets what a program is made under, as the catalog writes it, for a server of this flavor; any other as it is. */
export function withKnownModes(statement: string, flavor: Flavor): string {
  const unknown = NEEDLESS[flavor === 'mysql' ? 'mariadb' : 'mysql'];
  return statement.replace(pattern, (_, start: string, modes: string) => {
    const known = modes.split(',').filter((mode) => !unknown.has(mode));
    return start + known.join(',');
  });
}
