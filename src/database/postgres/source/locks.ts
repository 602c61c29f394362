import { HoldfastError } from '../../../core/errors.ts';
import { type LockPatience, lockPatience } from '../../../core/lock-patience.ts';
import { printable } from '../../../core/printable.ts';
import type { Reporter } from '../../../core/reporter.ts';
import { createCatalog } from '../catalog/catalog.ts';
import { qualifiedName } from '../catalog/sql/identifiers.ts';
import { isLargeObjectData } from '../catalog/large-object-data.ts';
import { serverMessage, sqlStateOf } from '../connection/failure.ts';
import type { Session } from '../connection/session.ts';

const tablesPerLock = 500;
const mostHolders = 5;
const mostRestarts = 20;

interface Table {
  readonly oid: string;
  readonly schema: string;
  readonly name: string;
}

/**
 * Begins the read-only REPEATABLE READ transaction of a backup, with every table locked ACCESS SHARE before the snapshot
 * is taken: TRUNCATE and rewriting ALTER TABLE are not transactional for an older snapshot, which would find such a table
 * empty. A table that comes or goes between the list and the locks begins it all again.
 * From then on no lock is waited for longer than the patience, either. Returns the snapshot's name for other sessions.
 * @throws HoldfastError `failed` naming a table that cannot be locked
 */
export async function beginLockedSnapshot(
  session: Session,
  excludeTable: (schema: string, name: string) => boolean,
  reporter: Reporter,
  patience: LockPatience = lockPatience(),
): Promise<string> {
  const list = async (): Promise<Table[]> =>
    (await listTables(session)).filter((table) => !excludeTable(table.schema, table.name));
  let waited = 0;
  for (let restarts = 0; restarts <= mostRestarts;) {
    const tables = await list();
    const wait = Math.min(patience.reportEvery, patience.giveUpAfter - waited);
    await session.query(`SET lock_timeout = ${wait}`);
    await session.run('BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY');
    try {
      await lockTables(session, tables);
    } catch (error) {
      await session.run('ROLLBACK');
      const state = sqlStateOf(error);
      if (state === '42P01' || state === '3F000') {
        restarts += 1;
      } else if (state === '55P03') {
        waited += wait;
        const holders = await describeHolders(session);
        if (waited >= patience.giveUpAfter) throw lockRefused(holders, error);
        reporter.warning(`Waiting to read: ${holders}`);
      } else {
        throw cannotLock(error);
      }
      continue;
    }
    await session.query(`SET LOCAL lock_timeout = ${patience.giveUpAfter}`);
    const [row] = await session.query('SELECT pg_catalog.pg_export_snapshot() AS snapshot');
    const locked = new Set(tables.map((table) => table.oid));
    if ((await list()).every((table) => locked.has(table.oid))) return row?.['snapshot'] ?? '';
    await session.run('ROLLBACK');
    restarts += 1;
  }
  throw new HoldfastError(
    'failed',
    `Tables of ${session.name} keep being created and dropped: they cannot all be locked.`,
    {
      hint: 'Try again when nothing changes the schema, or leave such tables out with --exclude-table.',
    },
  );
}

/**
 * Locks a table on a session that shares a snapshot. False, and its transaction is lost, when that would have to wait.
 * Large objects need no lock, and few roles may lock their catalog.
 */
export async function lockWithoutWaiting(session: Session, schema: string, name: string): Promise<boolean> {
  if (isLargeObjectData({ schema, name })) return true;
  try {
    await session.run(`LOCK TABLE ONLY ${qualifiedName(schema, name)} IN ACCESS SHARE MODE NOWAIT`);
    return true;
  } catch (error) {
    if (sqlStateOf(error) === '55P03') return false;
    throw cannotLock(error);
  }
}

/**
 * The ordinary and partitioned tables of users. Those of extensions come with their extension, but for the tables whose
 * rows are the user's.
 */
async function listTables(session: Session): Promise<Table[]> {
  const { isUserObject } = createCatalog((sql, values) => session.query(sql, values), 0);
  const rows = await session.query(`
    SELECT c.oid::text AS oid, n.nspname AS schema, c.relname AS name
    FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> 't' AND n.nspname <> 'information_schema'
      AND (${isUserObject("'pg_catalog.pg_class'::pg_catalog.regclass", 'c.oid')}
        OR c.oid IN (SELECT pg_catalog.unnest(extconfig) FROM pg_catalog.pg_extension))
    ORDER BY n.nspname, c.relname`);
  return rows as unknown as Table[];
}

async function lockTables(session: Session, tables: readonly Table[]): Promise<void> {
  for (let start = 0; start < tables.length; start += tablesPerLock) {
    const names = tables
      .slice(start, start + tablesPerLock)
      .map((table) => `ONLY ${qualifiedName(table.schema, table.name)}`);
    await session.run(`LOCK TABLE ${names.join(', ')} IN ACCESS SHARE MODE`);
  }
}

/** Who keeps relations of the database from being read: holders of the lock that excludes readers first, then who waits for one. */
export async function describeHolders(session: Session): Promise<string> {
  const rows = await session.query(`
    SELECT CASE c.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' WHEN 'S' THEN 'sequence'
        WHEN 'i' THEN 'index' WHEN 'I' THEN 'index' ELSE 'table' END || ' ' || n.nspname || '.' || c.relname AS relation, l.pid::text AS pid, a.usename AS role,
      a.application_name AS application
    FROM pg_catalog.pg_locks AS l
    JOIN pg_catalog.pg_class AS c ON c.oid = l.relation
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    LEFT JOIN pg_catalog.pg_stat_activity AS a ON a.pid = l.pid
    WHERE l.locktype = 'relation' AND l.mode = 'AccessExclusiveLock' AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'i', 'I', 'S')
      AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
      AND l.pid <> pg_catalog.pg_backend_pid()
    ORDER BY l.granted DESC, l.pid, c.relkind NOT IN ('r', 'p'), 1
    LIMIT ${mostHolders}`);
  if (rows.length === 0) return 'it was locked and has just become free.';
  const holders = rows.map(
    ({ relation, pid, role, application }) =>
      `${relation} is locked by process ${pid}` +
      (role ? ` (user "${role}", application "${application ?? ''}")` : ''),
  );
  return printable(`${holders.join('; ')}.`);
}

/** The failure of a backup that waited for locks in vain. */
export function lockRefused(holders: string, cause: unknown): HoldfastError {
  return new HoldfastError('failed', `The database cannot be read: ${holders}`, {
    hint: 'Wait until that session is done, give it longer with --lock-timeout, or end it with pg_terminate_backend(process).',
    cause,
  });
}

function cannotLock(error: unknown): unknown {
  const state = sqlStateOf(error);
  if (error instanceof HoldfastError || state === undefined) return error;
  const hints: Readonly<Record<string, string>> = {
    '42501':
      'GRANT SELECT on it to the connecting role, GRANT pg_read_all_data (PostgreSQL 14 and newer), ' +
      'or leave the table out with --exclude-table.',
    '53200': 'Raise max_locks_per_transaction on the server: every table needs a lock.',
  };
  const hint = hints[state];
  return new HoldfastError('failed', `Cannot lock the tables for reading: ${serverMessage(error)}`, {
    ...(hint && { hint }),
    cause: error,
  });
}
