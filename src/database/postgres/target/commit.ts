import { HoldfastError, messageOf } from '../../../core/errors.ts';
import { OutcomeUnknown } from '../../engine.ts';
import type { ConnectionConfig } from '../connection/config.ts';
import { connect } from '../connection/connect.ts';
import { isServerError, serverMessage } from '../connection/failure.ts';
import type { Session } from '../connection/session.ts';
import { isStaged, type LoadRecord } from './load-record.ts';
import { askOutcome, describeLoad } from './outcome.ts';

const patienceMilliseconds = 30_000;

/**
 * Commits the session's transaction, in which the load of `record` gets valid. Where the connection is lost before the server's answer, a
 * new one asks what became of it.
 * @throws OutcomeUnknown when that cannot be found out; any other error: nothing was changed
 */
export async function commitTransaction(
  session: Session,
  record: LoadRecord,
  config: ConnectionConfig,
  signal: AbortSignal,
): Promise<void> {
  let tag;
  try {
    tag = await session.run('COMMIT');
  } catch (error) {
    // A server that breaks down over a commit says so before it hangs up, and may find it committed when it is back.
    if (isServerError(error) && (await isAnswering(session))) {
      throw new HoldfastError(
        'failed',
        `The database refused to commit, and is as it was: ${serverMessage(error)}`,
        {
          hint: error.hint ?? 'A deferred constraint may be violated by the rows.',
          cause: error,
        },
      );
    }
    return settleLostCommit(error, session, record, config, signal);
  }
  // COMMIT of a transaction with an error in it is a rollback, without an error of its own.
  if (tag !== 'COMMIT') {
    throw new HoldfastError(
      'failed',
      'The database rolled the load back instead of committing it; it is as it was.',
    );
  }
}

async function isAnswering(session: Session): Promise<boolean> {
  try {
    await session.query('SELECT 1');
    return true;
  } catch {
    return false;
  }
}

function howToAsk(record: LoadRecord): string {
  if (isStaged(record)) return `If there is a database ${record.staging.name}, nothing was changed.`;
  return (
    `Where no files were restored, ask it yourself: SELECT pg_xact_status('${record.transaction}'); ` +
    '"committed" means that all is loaded, "aborted" that nothing was changed.'
  );
}

/** Also after an interruption: whether the commit happened must be known to clean up right. */
async function settleLostCommit(
  error: unknown,
  session: Session,
  record: LoadRecord,
  config: ConnectionConfig,
  signal: AbortSignal,
): Promise<void> {
  let outcome;
  try {
    const hosts = [session.host];
    const probe = await connect({ ...config, hosts }, AbortSignal.timeout(patienceMilliseconds));
    try {
      outcome = await askOutcome(probe, record);
    } finally {
      await probe.close();
    }
  } catch (failure) {
    throw new OutcomeUnknown(
      `The connection to ${session.name} was lost during the commit, and it is not known whether the load was committed ` +
        `(${describeLoad(record)}): ${messageOf(failure)}`,
      {
        hint:
          'When the server is back, run: holdfast restore --recover. It asks the server, and finishes the restore or puts ' +
          `the files back. ${howToAsk(record)}`,
        cause: error,
      },
    );
  }
  if (outcome === 'committed') return;
  if (signal.aborted) throw signal.reason;
  throw new HoldfastError(
    'failed',
    `The connection was lost before the commit; the database is as it was: ${messageOf(error)}`,
    { hint: 'Try again.', cause: error },
  );
}
