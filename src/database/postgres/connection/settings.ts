/**
 * What every session is pinned to, whatever server, database or role have set: no limits of time, and text that does not
 * depend on where it is read. A setting that a server does not know (transaction_timeout before 17) is passed over.
 */
const settings: Readonly<Record<string, string>> = {
  statement_timeout: '0',
  lock_timeout: '0',
  idle_in_transaction_session_timeout: '0',
  idle_session_timeout: '0',
  transaction_timeout: '0',
  // A policy must fail the backup, never thin it.
  row_security: 'off',
  search_path: '',
  client_encoding: 'UTF8',
  client_min_messages: 'warning',
  standard_conforming_strings: 'on',
  quote_all_identifiers: 'off',
  DateStyle: 'ISO',
  IntervalStyle: 'postgres',
  // Text of timestamptz carries its offset, so any zone reads back right; one zone makes equal data equal text.
  TimeZone: 'UTC',
  extra_float_digits: '3',
  bytea_output: 'hex',
  // The text of money depends on it, and is misread in another locale.
  lc_monetary: 'C',
  // A scan must begin at the table's beginning, so that two backups list the rows alike.
  synchronize_seqscans: 'off',
  transform_null_equals: 'off',
  default_tablespace: '',
};

/** One statement that makes them all. */
export const pinSettings = `SELECT pg_catalog.set_config(known.name, wanted.value, false)
FROM (VALUES ${Object.entries(settings)
  .map(([name, value]) => `('${name}', '${value}')`)
  .join(', ')}) AS wanted (name, value)
JOIN pg_catalog.pg_settings AS known ON known.name = wanted.name`;

/**
 * Makes a server that is busy with a statement look whether its client is still there, also one that was killed. From 14
 * on, and not on every platform: a server that cannot do it refuses.
 */
export const watchClient = `SELECT pg_catalog.set_config(name, '2s', false)
FROM pg_catalog.pg_settings WHERE name = 'client_connection_check_interval'`;
