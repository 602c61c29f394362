import { setTimeout as delay } from 'node:timers/promises';
import { HoldfastError, messageOf } from '../../core/errors.ts';
import type { ConnectionConfig } from './connection/config.ts';
import { connect } from './connection/connect.ts';
import { isServerError, serverMessage } from './connection/failure.ts';
import type { Session } from './connection/session.ts';

const mostLooks = 40;
const millisecondsBetweenLooks = 250;

/**
 * Commits the session's transaction, whose id is `transaction`. Where the connection is lost before the server's answer,
 * a new one asks what became of it (pg_xact_status).
 * @throws HoldfastError `failed` saying that nothing was changed, or that it is not known
 */
export async function commitTransaction(
  session: Session,
  transaction: string,
  config: ConnectionConfig,
  signal: AbortSignal,
): Promise<void> {
  let tag;
  try {
    tag = await session.run('COMMIT');
  } catch (error) {
    if (isServerError(error)) {
      throw new HoldfastError(
        'failed',
        `The database refused to commit, and is as it was: ${serverMessage(error)}`,
        {
          hint: error.hint ?? 'A deferred constraint may be violated by the rows.',
          cause: error,
        },
      );
    }
    return settleLostCommit(error, session, transaction, config, signal);
  }
  // COMMIT of a transaction with an error in it is a rollback, without an error of its own.
  if (tag !== 'COMMIT') {
    throw new HoldfastError(
      'failed',
      'The database rolled the load back instead of committing it; it is as it was.',
    );
  }
}

async function settleLostCommit(
  error: unknown,
  session: Session,
  transaction: string,
  config: ConnectionConfig,
  signal: AbortSignal,
): Promise<void> {
  let status: string | null = null;
  let why = messageOf(error);
  try {
    status = await statusOf(transaction, { ...config, hosts: [session.host] });
  } catch (failure) {
    why = messageOf(failure);
  }
  if (status === 'committed') return;
  if (status === 'aborted') {
    if (signal.aborted) throw signal.reason;
    throw new HoldfastError(
      'failed',
      `The connection was lost before the commit; the database is as it was: ${why}`,
      {
        hint: 'Try again.',
        cause: error,
      },
    );
  }
  throw new HoldfastError(
    'failed',
    `The connection to ${session.name} was lost during the commit, and it is not known whether the load was committed ` +
      `(transaction ${transaction}, status ${status ?? 'unknown'}): ${why}`,
    {
      hint:
        `When the server is back, ask it: SELECT pg_xact_status('${transaction}'); ` +
        '"committed" means that all is loaded, "aborted" that nothing was changed.',
      cause: error,
    },
  );
}

/** Also after an interruption: whether the commit happened must be known to clean up right. */
async function statusOf(transaction: string, config: ConnectionConfig): Promise<string | null> {
  const probe = await connect(config, AbortSignal.timeout(30_000));
  try {
    for (let looks = 1; ; looks += 1) {
      const [row] = await probe.query('SELECT pg_catalog.pg_xact_status($1::xid8) AS status', [transaction]);
      const status = row?.['status'] ?? null;
      // The server may still be at it, or not know yet that its client is gone.
      if (status !== 'in progress' || looks === mostLooks) return status;
      await delay(millisecondsBetweenLooks);
    }
  } finally {
    await probe.close();
  }
}
