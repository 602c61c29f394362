import { HoldfastError } from '../../../../core/errors.ts';
import type { JournalRecord } from '../../../../core/journal-record.ts';
import { printable } from '../../../../core/printable.ts';
import type { Engine, Outcome } from '../../../engine.ts';
import { resolveConnection } from '../../connection/config.ts';
import { connect } from '../../connection/connect.ts';
import { isServerError } from '../../connection/failure.ts';
import type { Session } from '../../connection/session.ts';
import { type LoadRecord, parseLoadRecord, readServerIdentity, withoutDatabase } from './load-record.ts';
import { stepFailure } from '../failures.ts';
import { sideDatabases } from '../swap/side-databases.ts';
import { settleLoad } from './unfinished-load.ts';

const databaseIsMissing = 1049;

type SettleOptions = Parameters<Engine['settle']>[1];

/**
 * Finds out what became of a load whose client is gone, and finishes or undoes it. The side databases stay until the next
 * `recover`: a journal that is cut off here asks again.
 * @throws HoldfastError `failed` when it cannot be found out, `refused` for a record that makes no sense
 */
export async function settle(journalRecord: JournalRecord, options: SettleOptions): Promise<Outcome> {
  const record = parseLoadRecord(journalRecord);
  const side = sideDatabases(record.token);
  const told = await connectAsTold(record, options);
  const session = told ?? (await connectAsRecorded(record, options));
  try {
    let outcome: Outcome;
    if (await exists(session, side.fresh)) {
      const { reporter } = options;
      outcome = await settleLoad(session, { side, target: record.database, reporter });
    } else if (isSameServer(await readServerIdentity(session), record)) outcome = 'rolled back';
    else throw otherServer(session, record);
    options.reporter.detail(`${session.name}: load ${record.token} was ${outcome}`);
    return outcome;
  } finally {
    await session.close();
  }
}

/** Null where the user's URL leads to another database than the record's. */
async function connectAsTold(
  record: LoadRecord,
  { url, ...options }: SettleOptions,
): Promise<Session | null> {
  if (url === null) return null;
  const session = await connect(await resolveConnection({ ...options, url }), options.signal);
  try {
    const { fresh } = sideDatabases(record.token);
    const isSame =
      session.database === record.database && isSameServer(await readServerIdentity(session), record);
    if (isSame || (await exists(session, fresh))) return session;
  } catch (error) {
    await session.close();
    throw error;
  }
  options.reporter.detail(`${session.name} is not the database of the journal.`);
  await session.close();
  return null;
}

async function connectAsRecorded(record: LoadRecord, options: SettleOptions): Promise<Session> {
  try {
    return await connect(await resolveConnection({ ...options, url: record.url }), options.signal);
  } catch (error) {
    if (!(error instanceof HoldfastError) || options.signal.aborted) throw error;
    const why = `What became of the load cannot be asked. ${error.message}`;
    const hint = `${error.hint ?? ''} Then try again. --database names the database at another place or with a password. If it is gone: ${withoutDatabase}`;
    throw new HoldfastError('failed', why, { hint: hint.trim(), cause: error });
  }
}

/** Not as lists of databases have it: they leave out what the account may not see. */
async function exists(session: Session, database: string): Promise<boolean> {
  try {
    await session.run(`USE ${database}`);
    return true;
  } catch (error) {
    if (!isServerError(error)) throw error;
    if (error.code === databaseIsMissing) return false;
    throw stepFailure(error, 'say what became of a restore');
  }
}

/** What a server does not tell is no difference. */
function isSameServer(found: string | null, { server }: LoadRecord): boolean {
  return (found ?? server) === (server ?? found);
}

function otherServer(session: Session, { token, database }: LoadRecord): HoldfastError {
  return new HoldfastError(
    'failed',
    `It is not known whether the load into database ${printable(database)} (${token}) was committed: ${session.name} is on another server.`,
    { hint: `Ask the server that it was on: --database names it. If it is gone: ${withoutDatabase}` },
  );
}
