import { SETTING_KIND, type Statement } from '../../engine.ts';
import { dollarQuote } from './sql/dollar-quote.ts';

/** What is no setting of a plain session's while a database is loaded: limits, how both sides speak, and how rows are ordered. */
const KEPT = [
  'statement_timeout',
  'lock_timeout',
  'idle_in_transaction_session_timeout',
  'idle_session_timeout',
  'transaction_timeout',
  'client_connection_check_interval',
  'client_encoding',
  'client_min_messages',
  'row_security',
  'synchronize_seqscans',
  'synchronous_commit',
  'transaction_isolation',
  'transaction_read_only',
  'transaction_deferrable',
  'default_transaction_isolation',
  'default_transaction_read_only',
  'default_transaction_deferrable',
  'role',
  'session_authorization',
];

/** Whether a parameter stays as it is while a database is loaded, whatever the database is set to. */
export function isKeptSetting(name: string): boolean {
  return KEPT.includes(name.toLowerCase());
}

/**
 * Gives a session the settings that a plain one of its role would begin with: what server, role and client have set comes back by
 * RESET, and what the database has set is read, for a load may have set it in the very transaction. Roles go before databases, both
 * together before each. As at a session's beginning, a value that does not hold, or that no running session takes, is passed over;
 * and what an administrator has set before: RESET leaves that. (Of what the archive sets preflight knows that the role may.) The
 * catalog is that of all databases, and has bytes in the encodings of whoever wrote them: what is not for this one is not looked at.
 * With search_path changed, operators may be anybody's: all commands are written before.
 */
const sql = `DO ${dollarQuote(`DECLARE
  command pg_catalog.text;
  commands pg_catalog.text[];
BEGIN
  SELECT pg_catalog.array_agg('RESET ' || pg_catalog.quote_ident(name)) INTO commands FROM pg_catalog.pg_settings
    WHERE source = 'session' AND name <> 'search_path' AND name <> ALL ('{${KEPT.join(',')}}');
  FOREACH command IN ARRAY coalesce(commands, '{}') LOOP
    EXECUTE command;
  END LOOP;
  BEGIN
    WITH own AS MATERIALIZED (
      SELECT * FROM pg_catalog.pg_db_role_setting
      WHERE setdatabase IN (0, (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()))
        AND setrole IN (0, (SELECT oid FROM pg_catalog.pg_roles WHERE rolname = session_user))
    ), items AS (
      SELECT setdatabase, setrole, pg_catalog.split_part(item, '=', 1) AS name,
        pg_catalog.substr(item, pg_catalog.strpos(item, '=') + 1) AS value
      FROM own, pg_catalog.unnest(setconfig) AS item
    )
    SELECT pg_catalog.array_agg(
      pg_catalog.format('SELECT pg_catalog.set_config(%L, %L, false)', name, value) ORDER BY setrole <> 0) INTO commands
    FROM items WHERE setdatabase <> 0
      AND pg_catalog.lower(name) <> ALL ('{${KEPT.join(',')}}')
      AND (setrole <> 0 OR name NOT IN (SELECT name FROM items WHERE setdatabase = 0 AND setrole <> 0))
      AND pg_catalog.lower(name) NOT IN (SELECT pg_catalog.lower(name) FROM pg_catalog.pg_settings WHERE source = 'client');
  EXCEPTION
    WHEN character_not_in_repertoire THEN commands := NULL;
  END;
  commands := pg_catalog.array_prepend('RESET search_path', commands);
  FOREACH command IN ARRAY commands LOOP
    BEGIN
      EXECUTE command;
    EXCEPTION
      WHEN invalid_parameter_value OR undefined_object OR cant_change_runtime_param OR insufficient_privilege THEN NULL;
    END;
  END LOOP;
END`)};`;

/** What comes before the statements whose outcome depends on settings as it does in an application's session. */
export const plainSessionStatement: Statement = {
  kind: SETTING_KIND,
  schema: null,
  name: 'plain session',
  sql,
};
