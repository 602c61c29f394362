import { HoldfastError } from '../../../core/errors.ts';
import type { JournalRecord } from '../../../core/journal-record.ts';
import type { Engine, Outcome } from '../../engine.ts';
import { type ConnectionConfig, resolveConnection } from '../connection/config.ts';
import { connect } from '../connection/connect.ts';
import { sqlStateOf } from '../connection/failure.ts';
import type { Session } from '../connection/session.ts';
import { isStaged, type LoadRecord, parseLoadRecord, readIdentity } from './load-record.ts';
import { askOutcome, describeLoad, isSameDatabase, withoutDatabase } from './outcome.ts';
import { removeSideDatabases } from './staging/recover.ts';

const databaseIsMissing = '3D000';

type SettleOptions = Parameters<Engine['settle']>[1];

interface Connected {
  readonly session: Session;
  readonly config: ConnectionConfig;
}

/**
 * Finds out what became of a load whose client is gone. The server rolls back a transaction by itself; the databases that a load has
 * beside its target are removed.
 * @throws HoldfastError `failed` when it cannot be found out, `refused` for a record that makes no sense
 */
export async function settle(journalRecord: JournalRecord, options: SettleOptions): Promise<Outcome> {
  const record = parseLoadRecord(journalRecord);
  const { session, config } =
    (await connectAsTold(record, options)) ?? (await connectAsRecorded(record, options));
  try {
    const outcome = await askOutcome(session, record);
    options.reporter.detail(`${session.name}: ${describeLoad(record)} was ${outcome}`);
    // Asked again, the server says the same without them.
    if (isStaged(record)) await removeSideDatabases(session, record, config, options);
    return outcome;
  } finally {
    await session.close();
  }
}

/** Null where the user's URL leads to another database than the record's. */
async function connectAsTold(
  record: LoadRecord,
  { url, ...options }: SettleOptions,
): Promise<Connected | null> {
  if (url === null || !/^postgres(ql)?:/.test(url)) return null;
  const config = await resolveConnection({ ...options, url });
  const session = await connect(config, options.signal);
  try {
    if (isSameDatabase(await readIdentity(session), record)) return { session, config };
  } catch (error) {
    await session.close();
    throw error;
  }
  options.reporter.detail(`${session.name} is not the database of the journal.`);
  await session.close();
  return null;
}

async function connectAsRecorded(record: LoadRecord, options: SettleOptions): Promise<Connected> {
  try {
    const config = await resolveConnection({ ...options, url: record.url });
    return { session: await connect(config, options.signal), config };
  } catch (error) {
    if (!(error instanceof HoldfastError) || options.signal.aborted) throw error;
    const why = `What became of the load cannot be asked. ${error.message}`;
    const retry =
      sqlStateOf(error) === databaseIsMissing
        ? 'The database is gone.'
        : `${error.hint ?? ''} Then try again. --database names the database at another place or with a password. If it is gone:`;
    throw new HoldfastError('failed', why, { hint: `${retry} ${withoutDatabase}`.trim(), cause: error });
  }
}
