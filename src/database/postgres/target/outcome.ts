import { setTimeout as delay } from 'node:timers/promises';
import { HoldfastError } from '../../../core/errors.ts';
import type { Outcome } from '../../engine.ts';
import { isServerError } from '../connection/failure.ts';
import type { Session } from '../connection/session.ts';
import { selectUserObjects } from './contents.ts';
import {
  type DatabaseIdentity,
  isStaged,
  type LoadRecord,
  readIdentity,
  type StagedRecord,
  type TransactionRecord,
} from './load-record.ts';
import { isOn } from './staging/side-databases.ts';

const mostLooks = 40;
const millisecondsBetweenLooks = 250;

/** What helps when nobody can tell any more. */
export const withoutDatabase =
  'holdfast restore --recover --skip-database puts the files back as they were, without asking the database.';

/** True when a database is the one of a record; what a server did not tell is no difference. */
export function isSameDatabase(found: DatabaseIdentity, record: LoadRecord): boolean {
  const oids = isStaged(record) ? [record.oid, record.staging.oid] : [record.oid];
  return oids.includes(found.oid) && isSameServer(found, record);
}

function isSameServer(found: DatabaseIdentity, { system }: LoadRecord): boolean {
  return (found.system ?? system) === (system ?? found.system);
}

/**
 * What became of a load, as the server that the session is on knows it. A load that is still on is waited for, a while.
 * @throws HoldfastError `failed` that says what was found, when that leaves it open
 */
export async function askOutcome(session: Session, record: LoadRecord): Promise<Outcome> {
  const [server] = await session.query('SELECT pg_catalog.pg_is_in_recovery()::text AS standby');
  if (server?.['standby'] === 'true') {
    throw open(record, `${session.name} is on a standby, which may not know yet`, 'Ask the primary.');
  }
  const found = await readIdentity(session);
  const isThere = isStaged(record) ? isSameServer(found, record) : isSameDatabase(found, record);
  if (!isThere) {
    const [was, is] = [describe(record), describe(found)];
    throw open(record, `${session.name} is another database: it was ${was} and is ${is}`, withoutDatabase);
  }
  return isStaged(record) ? askForDatabase(session, record) : askForTransaction(session, record, found);
}

/** A database keeps its number whatever it is called: that of the new one has the target's name from the commit on. */
async function askForDatabase(session: Session, record: StagedRecord): Promise<Outcome> {
  const { oid, staging } = record;
  for (let isSure = false; ; isSure = true) {
    const rows = await session.query(
      'SELECT oid, datname AS name FROM pg_catalog.pg_database WHERE oid = ANY ($1::oid[])',
      [[oid, staging.oid]],
    );
    const fresh = rows.find((row) => row['oid'] === staging.oid);
    if (fresh !== undefined && fresh['name'] !== staging.name) return 'committed';
    if (isSure && rows.length > 0) return 'rolled back';
    if (isSure) throw open(record, 'neither the old database is there nor the new one', withoutDatabase);
    if (await isOn(session, staging.token, mostLooks * millisecondsBetweenLooks)) {
      const why = 'the server is still at it: a session of that restore has not ended';
      throw open(record, why, 'Wait, then try again.');
    }
  }
}

async function askForTransaction(
  session: Session,
  record: TransactionRecord,
  found: DatabaseIdentity,
): Promise<Outcome> {
  const status = await statusOf(session, record);
  if (status === 'aborted' || status === 'unknown here') return 'rolled back';
  if (status === 'committed') {
    if (isSameHistory(found, record) || (await hasObjectsOf(session, record))) return 'committed';
    throw open(
      record,
      `a standby has taken over since (timeline ${record.timeline}, now ${found.timeline}), and has given the number to ` +
        'a transaction that left nothing in this database',
      `Look whether the database holds what the archive does. If not: ${withoutDatabase}`,
    );
  }
  if (status === null)
    throw open(record, 'the server has forgotten it: it was too long ago', withoutDatabase);
  throw open(record, await describeProcess(session, record), endProcess(record));
}

/** After a failover, a number that the new primary has not seen may be given once more. */
function isSameHistory(found: DatabaseIdentity, record: LoadRecord): boolean {
  return found.timeline === null || record.timeline === null || found.timeline === record.timeline;
}

async function statusOf(session: Session, { transaction }: TransactionRecord): Promise<string | null> {
  for (let looks = 1; ; looks += 1) {
    let status;
    try {
      const rows = await session.query('SELECT pg_catalog.pg_xact_status($1::xid8) AS status', [transaction]);
      status = rows[0]?.['status'] ?? null;
    } catch (error) {
      // "… is in the future": this primary has not come as far. It was made from a standby or a backup that never got the
      // load, so the load is not in it.
      if (isServerError(error) && error.code === '22023') return 'unknown here';
      throw error;
    }
    // The server may still be at it, or not know yet that its client is gone.
    if (status !== 'in progress' || looks === mostLooks) return status;
    await delay(millisecondsBetweenLooks);
  }
}

/** Whether something in the database was made by a transaction with the record's number. */
async function hasObjectsOf(session: Session, { transaction }: TransactionRecord): Promise<boolean> {
  const made = (await session.query(
    `SELECT EXISTS (SELECT FROM (${selectUserObjects(undefined, () => 'o.xmin')}) AS objects
      WHERE extra = ($1::numeric % 4294967296)::text)::text AS made`,
    [transaction],
  )) as { made: string }[];
  return made[0]?.made === 'true';
}

async function describeProcess(
  session: Session,
  { process, transaction }: TransactionRecord,
): Promise<string> {
  const [row] = await session.query(
    `SELECT pid::text, state, wait_event FROM pg_catalog.pg_stat_activity
    WHERE pid = $1::int AND (backend_xid IS NULL OR backend_xid::text = ($2::numeric % 4294967296)::text)`,
    [process, transaction],
  );
  const doing = row?.['state'] ? ` (${row['state']})` : '';
  return `the server is still at it: its process ${process}${doing} has not noticed that its client is gone`;
}

function endProcess({ process }: TransactionRecord): string {
  return `Wait, or as a superuser or the same role: SELECT pg_terminate_backend(${process}); then try again.`;
}

function describe({ oid, database, system }: DatabaseIdentity): string {
  return `"${database}" (oid ${oid}, server ${system ?? 'unknown'})`;
}

function open(record: LoadRecord, why: string, hint: string): HoldfastError {
  return new HoldfastError(
    'failed',
    `It is not known whether the load into database "${record.database}" (${describeLoad(record)}) was committed: ${why}.`,
    { hint },
  );
}

/** What the server knows of it. */
export function describeLoad(record: LoadRecord): string {
  return isStaged(record) ? `made as ${record.staging.name}` : `transaction ${record.transaction}`;
}
