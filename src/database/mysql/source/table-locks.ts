import { quoteName } from '../columns.ts';
import { isServerError } from '../connection/failure.ts';
import type { Session } from '../connection/session.ts';

const tablesPerStatement = 300;

/** Why a table cannot be locked, and so not be read. */
export interface UnlockableTable {
  readonly name: string;
  readonly error: unknown;
}

/** `ER_LOCK_WAIT_TIMEOUT`, `ER_LOCK_DEADLOCK`: what others do stands in the way, now. */
const WAITED_IN_VAIN: ReadonlySet<number> = new Set([1205, 1213]);
/** `ER_NO_SUCH_TABLE`, `ER_BAD_TABLE_ERROR`. */
const GONE: ReadonlySet<number> = new Set([1146, 1051]);

export function isLockTimeout(error: unknown): boolean {
  return isServerError(error) && WAITED_IN_VAIN.has(error.code);
}

export function isTableGone(error: unknown): boolean {
  return isServerError(error) && GONE.has(error.code);
}

/** All names of tables, views and sequences, sorted. Also quick while the server is locked: no table is opened. */
export async function listNames(session: Session): Promise<string[]> {
  const rows = await session.query('SHOW TABLES');
  return rows.map((row) => Object.values(row)[0] ?? '').toSorted();
}

export interface LockableTable {
  readonly name: string;
  readonly isSequence: boolean;
}

/** What has rows or a state to be read: everything but views. */
export async function listTables(session: Session): Promise<LockableTable[]> {
  const rows = await session.query('SHOW FULL TABLES');
  return rows
    .map((row) => Object.values(row))
    .filter(([, type]) => type !== 'VIEW')
    .map(([name, type]) => ({ name: name ?? '', isSequence: type === 'SEQUENCE' }));
}

/**
 * Deals tables out to connections in turn. Sequences all go to the first one, which reads the schema: their state cannot be read
 * by another while somebody waits to change one, as definitions can.
 */
export function dealOut(
  tables: readonly LockableTable[],
  sessions: readonly [Session, ...Session[]],
): Map<Session, string[]> {
  const shares = new Map<Session, string[]>(sessions.map((session) => [session, []]));
  tables.forEach(({ name, isSequence }, index) => {
    shares.get(isSequence ? sessions[0] : sessions[index % sessions.length]!)!.push(name);
  });
  return shares;
}

/**
 * Takes the metadata locks of tables in the transaction of a session, some hundreds with one statement: whoever wants to
 * alter, drop or truncate one waits until the transaction ends, and the others may write.
 * @returns those that cannot be opened: denied, broken
 * @throws what says that a table is gone, or that a lock was waited for in vain
 */
export async function lockTables(session: Session, names: readonly string[]): Promise<UnlockableTable[]> {
  const unlockable: UnlockableTable[] = [];
  for (let start = 0; start < names.length; start += tablesPerStatement) {
    const some = names.slice(start, start + tablesPerStatement);
    if ((await lock(session, some)) !== null) {
      for (const name of some) {
        const error = await lock(session, [name]);
        if (error !== null) unlockable.push({ name, error });
      }
    }
  }
  return unlockable;
}

/** Opens tables in one statement, which reads nothing. @returns why it cannot be done */
async function lock(session: Session, names: readonly string[]): Promise<unknown> {
  try {
    await session.run(`DO ${names.map((name) => `(SELECT 1 FROM ${quoteName(name)} LIMIT 0)`).join(', ')}`);
    return null;
  } catch (error) {
    if (!isServerError(error) || isLockTimeout(error) || isTableGone(error)) throw error;
    return error;
  }
}
