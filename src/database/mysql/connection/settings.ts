import type { Session } from './session.ts';

/**
 * What every session is pinned to, whatever the server, its init_connect or its option files have set, in the server's own
 * spelling of values. A variable that a server does not have is passed over.
 */
const settings: Readonly<Record<string, string>> = {
  time_zone: '+00:00',
  sql_mode: '',
  autocommit: 'ON',
  completion_type: 'NO_CHAIN',
  // Waits and pauses of our own doing must not end a session: seconds, 24 days.
  wait_timeout: '2147483',
  net_read_timeout: '2147483',
  net_write_timeout: '2147483',
  idle_transaction_timeout: '0',
  idle_readonly_transaction_timeout: '0',
  idle_write_transaction_timeout: '0',
  max_execution_time: '0',
  max_statement_time: '0.000000',
  lock_wait_timeout: '86400',
  innodb_lock_wait_timeout: '3600',
  sql_select_limit: '18446744073709551615',
  max_join_size: '18446744073709551615',
  sql_big_selects: 'ON',
  sql_safe_updates: 'OFF',
  sql_auto_is_null: 'OFF',
  sql_buffer_result: 'OFF',
  sql_notes: 'ON',
  sql_warnings: 'OFF',
  sql_if_exists: 'OFF',
  sql_quote_show_create: 'ON',
  big_tables: 'OFF',
  foreign_key_checks: 'ON',
  unique_checks: 'ON',
  check_constraint_checks: 'ON',
  low_priority_updates: 'OFF',
  // The sizes of tables as they are, not as they were up to a day ago.
  information_schema_stats_expiry: '0',
  group_concat_max_len: '67108864',
  max_error_count: '1024',
  lc_time_names: 'en_US',
  lc_messages: 'en_US',
  old_mode: 'UTF8_IS_UTF8MB3',
  character_set_collations: '',
  character_set_filesystem: 'binary',
  system_versioning_asof: 'DEFAULT',
  show_gipk_in_create_table_and_information_schema: 'ON',
};

/** Pins a session's settings, of which a server may have set others. */
export async function pinSettings(session: Session): Promise<void> {
  const limit = session.server.flavor === 'mariadb' ? 'max_statement_time' : 'max_execution_time';
  // First what would cut short the look at the others.
  await session.run(
    `SET SESSION sql_mode = '', sql_select_limit = 18446744073709551615, sql_big_selects = 1, ${limit} = 0;
    SET NAMES utf8mb4 COLLATE utf8mb4_general_ci;
    SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ WRITE`,
  );
  const names = Object.keys(settings).map((name) => `'${name}'`);
  const rows = await session.query(`SHOW SESSION VARIABLES WHERE Variable_name IN (${names.join(', ')})`);
  const changes: string[] = [];
  for (const row of rows) {
    const name = row['Variable_name']!;
    const wanted = settings[name]!;
    if (row['Value'] === wanted) continue;
    changes.push(
      `${name} = ${/^\d+(\.\d+)?$/.test(wanted) || wanted === 'DEFAULT' ? wanted : `'${wanted}'`}`,
    );
  }
  if (changes.length > 0) await session.run(`SET SESSION ${changes.join(', ')}`);
}
