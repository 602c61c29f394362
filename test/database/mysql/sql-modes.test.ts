import { describe, expect, it } from 'vitest';
import { programFeatures } from '../../../src/database/mysql/features/program-features.ts';
import { withKnownModes } from '../../../src/database/mysql/sql-modes.ts';

const setting = (modes: string): string =>
  `SET character_set_client = latin1, collation_connection = latin1_swedish_ci, sql_mode = '${modes}', time_zone = 'SYSTEM'`;

describe('modes of one flavor alone', () => {
  it('are left out for the other where they mean nothing', () => {
    const modes = 'ANSI_QUOTES,NO_AUTO_CREATE_USER,NO_KEY_OPTIONS';
    expect(withKnownModes(setting(modes), 'mysql')).toBe(setting('ANSI_QUOTES'));
    expect(withKnownModes(setting(modes), 'mariadb')).toBe(setting(modes));
    expect(withKnownModes(setting('TIME_TRUNCATE_FRACTIONAL'), 'mariadb')).toBe(setting(''));
    expect(programFeatures('CREATE PROCEDURE p() SELECT 1', modes, 'p')).toEqual([]);
  });

  it('stay, and bind a program to their flavor, where they mean something', () => {
    const modes = 'EMPTY_STRING_IS_NULL,ORACLE,NO_AUTO_CREATE_USER';
    expect(withKnownModes(setting(modes), 'mysql')).toBe(setting('EMPTY_STRING_IS_NULL,ORACLE'));
    expect(programFeatures('CREATE PROCEDURE p() SELECT 1', modes, 'p')).toEqual([
      { what: 'the sql_mode EMPTY_STRING_IS_NULL', object: 'p', mysql: null, mariadb: 100_600 },
      { what: 'the sql_mode ORACLE', object: 'p', mysql: null, mariadb: 100_600 },
    ]);
  });

  it('are not looked for in programs', () => {
    const body = "CREATE PROCEDURE p() SET sql_mode = 'NO_AUTO_CREATE_USER'";
    expect(withKnownModes(body, 'mysql')).toBe(body);
  });
});
