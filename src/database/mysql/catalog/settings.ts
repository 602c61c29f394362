import { SETTING_KIND, type Statement } from '../../engine.ts';

/**
 * What the statements are written for, and what would make a server refuse or change them. In comments with a version
 * stands what one flavor alone knows, from that version on.
 */
const SETTINGS: readonly (readonly [name: string, sql: string])[] = [
  ['character set', 'SET NAMES utf8mb4;'],
  // Every server knows offsets. Bounds of partitions and defaults of TIMESTAMP columns are written in it.
  ['time_zone', "SET time_zone = '+00:00';"],
  // Texts have backslashes, dates may be 0 or 31 February, and a storage engine that is missing is an error.
  ['sql_mode', "SET sql_mode = 'NO_AUTO_VALUE_ON_ZERO,NO_ENGINE_SUBSTITUTION,ALLOW_INVALID_DATES';"],
  // Tables do not wait for those that their foreign keys refer to, nor for their indexes.
  [
    'checks',
    'SET foreign_key_checks = 0, unique_checks = 0 /*!80400 , restrict_fk_on_non_standard_key = 0 */ ' +
      '/*M!100600 , check_constraint_checks = 0, system_versioning_alter_history = KEEP */;',
  ],
  [
    'defaults',
    "SET explicit_defaults_for_timestamp = 1 /*M!100600 , old_mode = 'UTF8_IS_UTF8MB3', innodb_strict_mode = 0 */ " +
      "/*M!110201 , character_set_collations = '' */;",
  ],
  [
    'strictness',
    permitted(
      'SET sql_require_primary_key = 0, sql_generate_invisible_primary_key = 0, innodb_strict_mode = 0',
    ),
  ],
];

/** The statements that both SQL files begin with. */
export function settingStatements(): Statement[] {
  return SETTINGS.map(([name, sql]) => ({ kind: SETTING_KIND, schema: null, name, sql }));
}

/** Runs a statement on MySQL where the account itself has a right that it takes: most tables can be made without. */
function permitted(statement: string): string {
  return [
    `SET @holdfast = 'DO 0' /*!80030 , @holdfast = IF(EXISTS (SELECT 1 FROM information_schema.USER_PRIVILEGES`,
    "  WHERE GRANTEE = CONCAT(QUOTE(SUBSTRING_INDEX(CURRENT_USER(), '@', 1)), '@', QUOTE(SUBSTRING_INDEX(CURRENT_USER(), '@', -1)))",
    `    AND PRIVILEGE_TYPE IN ('SUPER', 'SYSTEM_VARIABLES_ADMIN', 'SESSION_VARIABLES_ADMIN')), '${statement}', 'DO 0') */;`,
    'PREPARE holdfast FROM @holdfast;',
    'EXECUTE holdfast;',
    'DEALLOCATE PREPARE holdfast;',
  ].join('\n');
}
