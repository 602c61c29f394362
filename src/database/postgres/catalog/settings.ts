import type { Statement } from '../../engine.ts';
import { quoteLiteral } from './sql/identifiers.ts';

/** What the statements are written for, and what keeps a load from depending on the role and the database it runs in. */
const SETTINGS: readonly (readonly [name: string, sql: string])[] = [
  set('statement_timeout', '0'),
  set('lock_timeout', '0'),
  set('idle_in_transaction_session_timeout', '0'),
  // Servers have it since 17; others pass over it.
  [
    'transaction_timeout',
    "SELECT pg_catalog.set_config(name, '0', false) FROM pg_catalog.pg_settings WHERE name = 'transaction_timeout';",
  ],
  set('client_encoding', "'UTF8'"),
  set('standard_conforming_strings', 'on'),
  // SET would store a list with one empty name.
  ['search_path', "SELECT pg_catalog.set_config('search_path', '', false);"],
  set('check_function_bodies', 'off'),
  set('xmloption', 'content'),
  set('client_min_messages', 'warning'),
  set('row_security', 'off'),
  set('default_tablespace', "''"),
  set('default_table_access_method', 'heap'),
  set('datestyle', 'ISO'),
  set('intervalstyle', 'postgres'),
  set('array_nulls', 'on'),
  // The text of money depends on it, and is misread in another locale.
  set('lc_monetary', "'C'"),
];

function set(name: string, value: string): readonly [name: string, sql: string] {
  return [name, `SET ${name} = ${value};`];
}

/** The statements that both SQL files begin with. The files are in UTF-8; see `inEncoding`. */
export function settingStatements(): Statement[] {
  return SETTINGS.map(([name, sql]) => ({ kind: 'SETTING', schema: null, name, sql }));
}

/** The statements of a file that is in another encoding than UTF-8. */
export function inEncoding(statements: readonly Statement[], encoding: string): Statement[] {
  const sql = `SET client_encoding = ${quoteLiteral(encoding)};`;
  return statements.map((statement) => (isEncodingSetting(statement) ? { ...statement, sql } : statement));
}

/** Whether a statement says which encoding those after it are in. */
export function isEncodingSetting({ kind, name }: Statement): boolean {
  return kind === 'SETTING' && name === 'client_encoding';
}
