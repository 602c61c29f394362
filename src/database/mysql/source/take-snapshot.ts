import { setTimeout as pause } from 'node:timers/promises';
import { HoldfastError } from '../../../core/errors.ts';
import type { LockPatience } from '../../../core/lock-patience.ts';
import { printable } from '../../../core/printable.ts';
import type { Reporter } from '../../../core/reporter.ts';
import { serverMessage } from '../connection/failure.ts';
import type { Session } from '../connection/session.ts';
import { readPrivileges } from '../privileges.ts';
import { readBinlogPosition, readSnapshotPosition } from './binlog-position.ts';
import { describeHolders } from './holders.ts';
import { attemptTime, lockWaitSeconds } from './patience.ts';
import {
  isServerQuiet,
  lockInstance,
  lockServer,
  serverLockRights,
  unlockInstance,
  unlockServer,
} from './server-lock.ts';
import {
  dealOut,
  isLockTimeout,
  isTableGone,
  listNames,
  listTables,
  lockTables,
  type UnlockableTable,
} from './table-locks.ts';

/** How long nobody may write at most, in milliseconds: connections that do not answer are not waited for. */
const LONGEST_LOCK = 30_000;
const mostRestarts = 20;
/**
 * How often the lock on the server is tried for, a second each. While MySQL waits for it nobody can write, and where
 * transactions wait for each other it may never come.
 */
const mostServerLocks = 5;
const SERVER_LOCK_SECONDS = 1;

/** The connections that take part; all are given up when a snapshot cannot be had. */
export interface SnapshotSessions {
  /** Those that are to read in the snapshot. The first ones, as many as there are holders, also keep the tables from being changed. */
  readonly readers: readonly [Session, ...Session[]];
  /** Locks the server for a moment, and MySQL's definitions as long as it is open. */
  readonly locker: Session;
  /** Keep the tables from being changed until readers do, each some of them. At most as many as there are readers. */
  readonly holders: readonly [Session, ...Session[]];
}

export interface SnapshotOptions {
  /** Whether a table is to be read. */
  readonly isWanted: (name: string) => boolean;
  readonly patience: LockPatience;
  readonly reporter: Reporter;
  readonly signal: AbortSignal;
}

/** One state of a database that connections have begun to read. */
export interface TakenSnapshot {
  /** Those that are in it: all, or the first alone. */
  readonly readers: readonly [Session, ...Session[]];
  /** The tables that nobody can change, each with the reader that keeps it so until its transaction ends. */
  readonly keepers: ReadonlyMap<string, Session>;
  /** Tables that cannot be opened. */
  readonly unlockable: readonly UnlockableTable[];
  /** Whether nothing could be committed while the readers began; or why not: it is not allowed, or others kept it from us. */
  readonly serverLock: 'held' | 'denied' | 'busy';
  /** Whether MySQL's backup lock is held. */
  readonly isInstanceLocked: boolean;
  /** The position in the server's binary log, where it is known. */
  readonly position: string | null;
}

/**
 * Begins the transactions of all readers in one state. The tables are kept from being changed from before that moment to the
 * end of the backup: what is altered, dropped or truncated between would be read wrongly, or not at all. A table that comes
 * or goes while they are listed begins it all again, and so does a lock that has to be waited for: to go on waiting with half
 * of the locks would hold up others, or wait for somebody who waits for us.
 * @throws HoldfastError `failed` when locks cannot be had in time, with who holds them
 */
export async function takeSnapshot(
  sessions: SnapshotSessions,
  options: SnapshotOptions,
): Promise<TakenSnapshot> {
  const { patience, reporter, signal } = options;
  const { readers, locker, holders } = sessions;
  const own = new Set([...readers, locker, ...holders].map(({ id }) => id));
  const deadline = Date.now() + patience.giveUpAfter;
  let reported = -Infinity;
  const { may } = await readPrivileges(locker);
  const mayLock = serverLockRights(locker).every((right) => may(right));
  for (let looks = 1; mayLock && looks < mostServerLocks && !(await isServerQuiet(locker, own)); looks += 1) {
    await pause(SERVER_LOCK_SECONDS * 1000, undefined, { signal }).catch(() => signal.throwIfAborted());
  }
  let attempts = 0;
  let serverLocks = 0;
  for (let restarts = 0; restarts <= mostRestarts;) {
    attempts += 1;
    const wait = attemptTime(attempts, deadline - Date.now());
    await release(sessions);
    try {
      const taken = await attempt(sessions, options, {
        waitSeconds: lockWaitSeconds(wait),
        lock: async () => {
          if (!mayLock) return 'denied';
          if (serverLocks === mostServerLocks || !(await isServerQuiet(locker, own))) return 'busy';
          await locker.run(`SET SESSION lock_wait_timeout = ${SERVER_LOCK_SECONDS}`);
          serverLocks += 1;
          const isHeld = await lockServer(locker);
          serverLocks -= 1;
          return isHeld ? 'held' : 'denied';
        },
      });
      if (taken !== null) return taken;
      restarts += 1;
    } catch (error) {
      if (isTableGone(error)) {
        restarts += 1;
        continue;
      }
      if (!isLockTimeout(error)) throw error;
      const obstacle = await describeHolders(locker, own);
      if (Date.now() >= deadline) throw lockRefused(obstacle, error);
      if (Date.now() - reported >= patience.reportEvery) {
        reporter.warning(`Waiting to read: ${obstacle}`);
        reported = Date.now();
      }
      await release(sessions);
      await pause(Math.min(wait, Math.max(deadline - Date.now(), 0)), undefined, { signal }).catch(() =>
        signal.throwIfAborted(),
      );
    }
  }
  throw new HoldfastError('failed', `Tables of ${locker.name} keep being created and dropped.`, {
    hint: 'Try again when nothing changes the schema.',
  });
}

/** Null when tables have come or gone meanwhile. */
async function attempt(
  { readers, locker, holders }: SnapshotSessions,
  { isWanted }: SnapshotOptions,
  { waitSeconds, lock }: { waitSeconds: number; lock: () => Promise<TakenSnapshot['serverLock']> },
): Promise<TakenSnapshot | null> {
  const [leader] = readers;
  for (const session of [locker, ...holders, ...readers]) {
    await session.run(`SET SESSION lock_wait_timeout = ${waitSeconds}`);
  }
  const isInstanceLocked = await lockInstance(locker);
  const names = await listNames(locker);
  const tables = (await listTables(locker)).filter(({ name }) => isWanted(name));
  const unlockable: UnlockableTable[] = [];
  for (const [holder, share] of dealOut(tables, holders)) {
    await holder.run('START TRANSACTION');
    unlockable.push(...(await lockTables(holder, share)));
  }
  const broken = new Set(unlockable.map(({ name }) => name));
  const serverLock = await lock();
  const wasLocked = serverLock === 'held';
  const begun: TakenSnapshot['readers'] = wasLocked ? readers : [leader];
  const position = await soon(locker, async () => {
    // Under the lock nothing can be made any more; without it only a look from behind the snapshot tells.
    if (wasLocked && !(await isSteady(locker, names))) return undefined;
    await Promise.all(begun.map(begin));
    const snapshot = wasLocked ? await readBinlogPosition(locker) : await readSnapshotPosition(leader);
    if (wasLocked) await unlockServer(locker);
    else if (!(await isSteady(locker, names))) return undefined;
    return snapshot;
  });
  if (position === undefined) return null;
  const [, ...others] = begun;
  const keepers = new Map<string, Session>();
  const whole = tables.filter(({ name }) => !broken.has(name));
  for (const [keeper, share] of dealOut(whole, [leader, ...others.slice(0, holders.length - 1)])) {
    await lockTables(keeper, share);
    for (const name of share) keepers.set(name, keeper);
  }
  for (const holder of holders) await holder.run('ROLLBACK');
  return { readers: begun, keepers, unlockable, serverLock, isInstanceLocked, position };
}

async function begin(session: Session): Promise<void> {
  // MariaDB prints no view that asks a sequence in a transaction that may only read.
  const access = session.server.flavor === 'mysql' ? ', READ ONLY' : '';
  await session.run(`START TRANSACTION WITH CONSISTENT SNAPSHOT${access}`);
}

async function isSteady(session: Session, names: readonly string[]): Promise<boolean> {
  return JSON.stringify(await listNames(session)) === JSON.stringify(names);
}

/** Does what must not take long while the server is locked. Its connection is broken off when it does: then all is free. */
async function soon<Value>(locker: Session, work: () => Promise<Value>): Promise<Value> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    void locker.close();
    reject(
      new HoldfastError(
        'failed',
        `The transactions of the snapshot on ${locker.name} did not begin within ${LONGEST_LOCK / 1000} seconds.`,
        {
          hint: 'The lock on the server was given back. Check the network, or use fewer connections (--jobs).',
        },
      ),
    );
  }, LONGEST_LOCK);
  try {
    return await Promise.race([work(), late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Gives back all that an attempt has got. */
async function release({ readers, locker, holders }: SnapshotSessions): Promise<void> {
  await unlockServer(locker);
  await unlockInstance(locker);
  for (const session of [...holders, ...readers]) await session.run('ROLLBACK');
}

/** The failure of a backup that waited for locks in vain. */
function lockRefused(holders: string, cause: unknown): HoldfastError {
  return new HoldfastError(
    'failed',
    `The database cannot be locked for a moment (${serverMessage(cause)}): ${printable(holders)}`,
    {
      hint: 'Wait until that connection is done, give it longer with --lock-timeout, or end it with KILL.',
      cause,
    },
  );
}
