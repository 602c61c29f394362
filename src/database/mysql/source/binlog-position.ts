import { isServerError } from '../connection/failure.ts';
import type { Row, Session } from '../connection/session.ts';

/**
 * Where the server's binary log is while nothing can be committed, for the record: `binlog.000007:1234, GTID …`. Null where
 * there is none, or where the account may not see it.
 */
export async function readBinlogPosition(session: Session): Promise<string | null> {
  const { flavor, number } = session.server;
  const isNew = flavor === 'mysql' && number >= 80200;
  const status = await allowed(session, isNew ? 'SHOW BINARY LOG STATUS' : 'SHOW MASTER STATUS');
  const variable = flavor === 'mysql' ? '@@GLOBAL.gtid_executed' : '@@GLOBAL.gtid_current_pos';
  const gtids = await allowed(session, `SELECT ${variable} AS gtids`);
  return describe(status?.['File'], status?.['Position'], gtids?.['gtids']);
}

/** What MariaDB says of the snapshot of a session's transaction: exact without any lock. */
export async function readSnapshotPosition(session: Session): Promise<string | null> {
  if (session.server.flavor !== 'mariadb') return null;
  const rows = await session.query(`SHOW STATUS LIKE 'binlog\\_snapshot\\_%'`);
  const status = new Map(rows.map((row) => [row['Variable_name']?.toLowerCase(), row['Value']]));
  return describe(status.get('binlog_snapshot_file'), status.get('binlog_snapshot_position'), null);
}

function describe(
  file: string | null | undefined,
  position: string | null | undefined,
  gtids: string | null | undefined,
): string | null {
  const parts = [
    ...(file ? [`${file}:${position}`] : []),
    // A long set has line breaks.
    ...(gtids ? [`GTID ${gtids.replaceAll(/\s/g, '')}`] : []),
  ];
  return parts.length === 0 ? null : parts.join(', ');
}

/** The first row; null when the account may not ask. */
async function allowed(session: Session, sql: string): Promise<Row | null> {
  try {
    return (await session.query(sql))[0] ?? null;
  } catch (error) {
    if (isServerError(error)) return null;
    throw error;
  }
}
