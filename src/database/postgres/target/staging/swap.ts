import { HoldfastError } from '../../../../core/errors.ts';
import { printable } from '../../../../core/printable.ts';
import { quoteIdentifier } from '../../catalog/sql/identifiers.ts';
import type { ConnectionConfig } from '../../connection/config.ts';
import { isServerError, type ServerError, serverMessage } from '../../connection/failure.ts';
import type { Session } from '../../connection/session.ts';
import { commitTransaction } from '../commit.ts';
import type { StagedRecord } from '../load-record.ts';
import { markReplaced } from './old-database.ts';
import { endIdle, findOthers, listed, type OtherSession } from './others.ts';
import type { SideDatabases } from './side-databases.ts';

/** "is being accessed by other users", and a lock that was not given in time. */
const busyStates = ['55006', '55P03'];

interface SwapOptions {
  readonly target: string;
  readonly side: SideDatabases;
}

/** Sees whether the role may swap, and takes it back. */
export async function trySwap(session: Session, options: SwapOptions): Promise<void> {
  try {
    await rename(session, options);
  } finally {
    if (!session.isLost) await session.run('ROLLBACK');
  }
}

/**
 * Gives the new database the target's name and the target another one, in one transaction, once nobody is connected to either.
 * Whoever is and is in no transaction is cut off.
 * @throws OutcomeUnknown when what became of it cannot be found out; any other error: nothing was changed
 */
export async function swapIn(
  session: Session,
  options: SwapOptions & {
    readonly record: StagedRecord;
    /** Of what the target held when the load began. */
    readonly digest: string;
    readonly config: ConnectionConfig;
    readonly signal: AbortSignal;
    /** How long to wait for others to leave the two databases; one try of the server's takes 5 seconds of it. */
    readonly patienceSeconds: number;
  },
): Promise<void> {
  const deadline = performance.now() + options.patienceSeconds * 1000;
  for (let others: readonly OtherSession[] = []; ;) {
    try {
      await rename(session, options, others);
      await refuseAnother(session, options);
      await markReplaced(session, options.side.old, options.digest);
      break;
    } catch (error) {
      if (session.isLost || !isServerError(error)) throw error;
      await session.run('ROLLBACK');
      if (!busyStates.includes(error.code)) throw failure(error, options);
      others = await findOthersOf(session, options);
      if (performance.now() >= deadline) throw blocked(others, error, options);
      options.signal.throwIfAborted();
    }
  }
  await commitTransaction(session, options.record, options.config, options.signal);
}

/** Gives both their names, and ends those of `others` before that are in no transaction. */
async function rename(
  session: Session,
  { target, side }: SwapOptions,
  others: readonly OtherSession[] = [],
): Promise<void> {
  await session.run('BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE');
  // A commit is to be on disk when it returns, and with it all that was committed before, also where the server would not wait.
  await session.query(`SELECT pg_catalog.set_config('synchronous_commit', 'local', true)
    WHERE pg_catalog.current_setting('synchronous_commit') = 'off'`);
  await session.run(`SET LOCAL lock_timeout = '5s'`);
  // Right before: while the server renames a database it lets nobody in, and whoever is cut off may come back at once.
  await endIdle(session, others);
  await session.run(`ALTER DATABASE ${quoteIdentifier(target)} RENAME TO ${quoteIdentifier(side.old)}`);
  await session.run(`ALTER DATABASE ${quoteIdentifier(side.fresh)} RENAME TO ${quoteIdentifier(target)}`);
}

/** Others may have restored into the target meanwhile, or given its name to another database. */
async function refuseAnother(
  session: Session,
  { target, side, record }: SwapOptions & { readonly record: StagedRecord },
): Promise<void> {
  const [row] = await session.query('SELECT oid FROM pg_catalog.pg_database WHERE datname = $1', [side.old]);
  if (row?.['oid'] === record.oid) return;
  await session.run('ROLLBACK');
  throw new HoldfastError(
    'failed',
    `The database ${printable(target)} is no longer the one that the restore began with.`,
    { hint: 'Others have restored into it, or renamed it. Nothing was changed.' },
  );
}

async function findOthersOf(session: Session, { target, side }: SwapOptions): Promise<OtherSession[]> {
  return [...(await findOthers(session, target)), ...(await findOthers(session, side.fresh))];
}

function blocked(others: readonly OtherSession[], cause: ServerError, options: SwapOptions): HoldfastError {
  if (others.length === 0) return failure(cause, options);
  return new HoldfastError(
    'failed',
    `Others are connected to the database ${printable(options.target)}, and the new one cannot take its place: ${listed(others)}.`,
    {
      hint:
        'Stop the application, then try again; nothing was changed. SELECT pg_terminate_backend(pid) ends a session. ' +
        'With --jobs 1 it is restored in one transaction, which others need not leave.',
      cause,
    },
  );
}

function failure(cause: ServerError, { target }: SwapOptions): HoldfastError {
  return new HoldfastError(
    'failed',
    `The new could not take the place of the database ${printable(target)}, which is as it was: ${serverMessage(cause)}`,
    { hint: cause.hint ?? 'Mend what the server says, then try again.', cause },
  );
}
