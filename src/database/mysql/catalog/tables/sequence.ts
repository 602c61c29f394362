import { quoteName } from '../../columns.ts';
import type { Session } from '../../connection/session.ts';
import { statementFeatures } from '../../features/statement-features.ts';
import { type ListedTable, plainTable, type TableObject } from './table-object.ts';

/** The columns of a sequence, which is a table with one row. */
const STATE = [
  'next_not_cached_value',
  'minimum_value',
  'maximum_value',
  'start_value',
  'increment',
  'cache_size',
  'cycle_option',
  'cycle_count',
];

/**
 * A sequence of MariaDB's. Its state is stored as it is read: SETVAL would neither go back nor take the state of one that
 * has run out. Numbers that the server has set aside for its sessions are left out, as after a restart of it.
 */
export async function readSequence(session: Session, listed: ListedTable): Promise<TableObject> {
  const name = quoteName(listed.name);
  const created = await session.query(`SHOW CREATE SEQUENCE ${name}`);
  const rows = await session.query(`SELECT ${STATE.join(', ')} FROM ${name}`);
  const state = STATE.map((column) => rows[0]![column]);
  return {
    ...plainTable(listed),
    kind: 'SEQUENCE',
    preData: [{ kind: 'SEQUENCE', sql: `${created[0]!['Create Table']};` }],
    postData: [{ kind: 'SEQUENCE SET', sql: `INSERT INTO ${name} VALUES (${state.join(', ')});` }],
    features: statementFeatures({ kind: 'SEQUENCE', name: listed.name, sql: '' }),
  };
}
