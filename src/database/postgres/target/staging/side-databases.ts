import { createHash, randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { HoldfastError } from '../../../../core/errors.ts';
import { printable } from '../../../../core/printable.ts';
import { quoteIdentifier } from '../../catalog/sql/identifiers.ts';
import type { ConnectionConfig, HostConfig } from '../../connection/config.ts';
import { connect } from '../../connection/connect.ts';
import { isServerError, serverMessage, sqlStateOf } from '../../connection/failure.ts';
import type { Session } from '../../connection/session.ts';

/** The databases that a load makes beside its target. */
export interface SideDatabases {
  /** 12 hex digits: the first 6 are those of the target's name. */
  readonly token: string;
  /** Where the new is made. It is there until the swap gives it the target's name. */
  readonly fresh: string;
  /** What the swap calls the database that was there before. */
  readonly old: string;
}

/** Where connections go that are in neither of two databases whose names change. */
const meetingPlaces = ['postgres', 'template1'];
const longestPrefix = 36;
const digitsOfTarget = 6;
const sideName = /^(.*_holdfast_([0-9a-f]{12}))_(new|old)$/s;

/** First key of the advisory locks that loads hold: "Hold". The second is made from the token. */
const lockClass = 0x486f6c64;
const millisecondsBetweenLooks = 250;

export function newSideDatabases(target: string): SideDatabases {
  const token = digitsOf(target) + randomBytes(3).toString('hex');
  const name = `${target.replaceAll(/[^a-zA-Z0-9_-]/g, '_').slice(0, longestPrefix)}_holdfast_${token}`;
  return { token, fresh: `${name}_new`, old: `${name}_old` };
}

function digitsOf(target: string): string {
  return createHash('sha256').update(target).digest('hex').slice(0, digitsOfTarget);
}

/** A database beside a target that some load has left or still uses. */
export interface FoundSideDatabase {
  readonly name: string;
  readonly token: string;
  /** `new`: the load was not committed; `old`: it was, and this is what was there before. */
  readonly kind: 'new' | 'old';
}

/** The side databases of all loads into `target`. */
export async function findSideDatabases(session: Session, target: string): Promise<FoundSideDatabase[]> {
  const rows = await session.query(
    String.raw`SELECT datname AS name FROM pg_catalog.pg_database WHERE datname LIKE '%\_holdfast\_%' ORDER BY datname`,
  );
  return rows.flatMap((row) => {
    const name = row['name'] ?? '';
    const [, , token, kind] = sideName.exec(name) ?? [];
    if (token === undefined || !token.startsWith(digitsOf(target))) return [];
    return [{ name, token, kind: kind as 'new' | 'old' }];
  });
}

/** Takes the lock that says that a load's process lives, for as long as the session does. Each database has its own. */
export async function takeLock(session: Session, token: string): Promise<void> {
  await session.query(`SELECT pg_catalog.pg_advisory_lock(${lockClass}, ${lockNumber(token)})::text`);
}

/** Whether any session of the server, wherever it is connected to, holds the lock of a load. It may take a while to go. */
export async function isOn(session: Session, token: string, patienceMilliseconds = 0): Promise<boolean> {
  for (let waited = 0; ; waited += millisecondsBetweenLooks) {
    const rows = await session.query(
      `SELECT pid FROM pg_catalog.pg_locks WHERE locktype = 'advisory' AND classid = ${lockClass}
        AND objid = ${lockNumber(token) >>> 0} AND objsubid = 2 AND granted`,
    );
    if (rows.length === 0) return false;
    if (waited >= patienceMilliseconds) return true;
    await delay(millisecondsBetweenLooks);
  }
}

function lockNumber(token: string): number {
  return Number.parseInt(token.slice(-8), 16) | 0;
}

/** Lets a session write also where a database or role is set to be read-only by default. */
export async function letWrite(session: Session): Promise<Session> {
  await session.run('SET default_transaction_read_only = off');
  return session;
}

/**
 * Removes a side database, with the sessions in it. Does nothing where there is none.
 * @throws HoldfastError `failed` naming it, when the server refuses
 */
export async function dropSideDatabase(session: Session, name: string): Promise<void> {
  await letWrite(session);
  const drop = `DROP DATABASE IF EXISTS ${quoteIdentifier(name)}`;
  try {
    await session.run(`${drop} WITH (FORCE)`).catch((error: unknown) => {
      // Sessions of others that the role may not end: the server waits a while for them to go.
      if (sqlStateOf(error) !== '42501') throw error;
      return session.run(drop);
    });
  } catch (error) {
    if (!isServerError(error)) throw error;
    throw new HoldfastError(
      'failed',
      `The server could not remove the database ${printable(name)}, which a restore left: ${serverMessage(error)}.`,
      {
        hint:
          "The server's log has the reason. If its disk is full, make room there. " +
          'Then holdfast restore --recover removes the database.',
        cause: error,
      },
    );
  }
}

/** Connects to a database of the same server that is not the target. */
export async function connectBeside(
  config: ConnectionConfig,
  host: HostConfig,
  signal: AbortSignal,
): Promise<Session> {
  const places = meetingPlaces.filter((place) => place !== config.database);
  for (;;) {
    const database = places.shift() as string;
    try {
      return await letWrite(await connect({ ...config, hosts: [host], database }, signal));
    } catch (error) {
      if (signal.aborted || places.length === 0) throw error;
    }
  }
}
