import { HoldfastError } from '../../../core/errors.ts';
import type { ConnectionConfig, Place } from './config.ts';
import {
  connectFailure,
  describePlace,
  isServerError,
  lacksTls,
  nothingListens,
  serverMessage,
} from './failure.ts';
import { type Encryption, shakeHands } from './handshake.ts';
import { readServerVersion } from './server-version.ts';
import type { ServerVersion } from './server.ts';
import type { Session } from './session.ts';
import { pinSettings } from './settings.ts';
import type { SslMode } from './tls.ts';
import { WireSession } from './wire-session.ts';

const killPatienceMilliseconds = 3000;

/**
 * Connects, and pins the session's settings.
 * @throws HoldfastError `failed`, naming server, database and user, or the signal's reason
 */
export async function connect(config: ConnectionConfig, signal: AbortSignal): Promise<Session> {
  const session = await open(config, signal);
  try {
    await pinSettings(session);
    return session;
  } catch (error) {
    throw await unprepared(session, error);
  }
}

/** Connects by the first way that leads to a server. */
async function open(config: ConnectionConfig, signal: AbortSignal): Promise<Session> {
  const [first, ...others] = attemptsOf(config);
  let failure: HoldfastError;
  let attempt = first!;
  for (;;) {
    try {
      const stream = await shakeHands(config, attempt.place, attempt.encryption, signal);
      const name = `${config.database} at ${describePlace(attempt.place)}`;
      return await identify(
        new WireSession({ stream, name, database: config.database, kill: (id) => kill(config, id) }, signal),
      );
    } catch (error) {
      signal.throwIfAborted();
      failure = connectFailure(error, attempt.place, config);
      // Whoever answers is the one that was meant.
      const next = others.find(({ place }) =>
        lacksTls(error) ? place === attempt.place : nothingListens(error) && place !== attempt.place,
      );
      if (next === undefined) throw failure;
      attempt = next;
      others.splice(0, others.indexOf(next) + 1);
    }
  }
}

/** A Unix socket is as good as TLS unless TLS is asked for, as it is to the clients. */
function attemptsOf({ places, tls }: ConnectionConfig): { place: Place; encryption: Encryption }[] {
  return places.flatMap((place) =>
    encryptionsFor(place, tls.mode).map((encryption) => ({ place, encryption })),
  );
}

function encryptionsFor(place: Place, mode: SslMode): Encryption[] {
  if (mode === 'DISABLED') return ['plain'];
  if (mode !== 'PREFERRED') return ['tls'];
  return 'socket' in place ? ['plain'] : ['tls', 'plain'];
}

/** Asks the server who it is, and who we are to it. */
async function identify(session: WireSession): Promise<Session> {
  try {
    await session.run('SET NAMES utf8mb4');
    const [row] = await session.query(
      'SELECT VERSION() AS version, @@version_comment AS comment, CONNECTION_ID() AS id',
    );
    const version = row?.['version'] ?? '';
    session.identify(supported(version, row?.['comment'] ?? '', session.name), row?.['id'] ?? '');
    return session;
  } catch (error) {
    throw await unprepared(session, error);
  }
}

function supported(version: string, comment: string, name: string): ServerVersion {
  const server = readServerVersion(version, comment);
  if (server !== null && server.number >= (server.flavor === 'mariadb' ? 100600 : 80000)) return server;
  throw new HoldfastError('failed', `The server of ${name} is not supported: ${version} (${comment}).`, {
    hint: 'MySQL 8.0, MariaDB 10.6 and what is newer are.',
  });
}

async function unprepared(session: Session, error: unknown): Promise<unknown> {
  await session.close();
  if (!isServerError(error)) return error;
  return new HoldfastError('failed', `Cannot prepare a session on ${session.name}: ${serverMessage(error)}`, {
    cause: error,
  });
}

/** Ends what a connection does at the server, which notices late that its client is gone. Best effort. */
async function kill(config: ConnectionConfig, id: string): Promise<void> {
  try {
    const session = await open(config, AbortSignal.timeout(killPatienceMilliseconds));
    try {
      await session.run(`KILL ${id}`);
    } finally {
      await session.close();
    }
  } catch {
    // The server is gone, or the connection has ended by itself.
  }
}
