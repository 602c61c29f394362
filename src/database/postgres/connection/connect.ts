import { HoldfastError } from '../../../core/errors.ts';
import { createClient, type Encryption, internalsOf } from './client.ts';
import type { ConnectionConfig, HostConfig } from './config.ts';
import { connectFailure, describeServer, isServerError, serverMessage, sqlStateOf } from './failure.ts';
import { Session } from './session.ts';
import { pinSettings, watchClient } from './settings.ts';

const oldestVersion = 130000;

/**
 * Connects to the first of the hosts that will do, and pins the session's settings.
 * @throws HoldfastError `failed`, naming server, database and user, or the signal's reason
 */
export async function connect(config: ConnectionConfig, signal: AbortSignal): Promise<Session> {
  const failures: HoldfastError[] = [];
  const kinds =
    config.sessionKind === 'prefer-standby' ? (['standby', 'any'] as const) : [config.sessionKind];
  for (const kind of kinds) {
    for (const host of config.hosts) {
      try {
        const session = await connectTo(host, config, signal);
        if (await isSession(session, kind)) return await prepare(session, config);
        await session.close();
        failures.push(
          new HoldfastError(
            'failed',
            `The server at ${describeServer(host)} is not "${kind}", which target_session_attrs asks for.`,
          ),
        );
      } catch (error) {
        if (signal.aborted) throw signal.reason;
        const failure = connectFailure(error, host, config);
        // As in libpq, a server that answers with a refusal is the one that was meant, unless it is just starting up.
        const state = sqlStateOf(failure);
        if (state !== undefined && state !== '57P03') throw failure;
        failures.push(failure);
      }
    }
  }
  const last = failures.at(-1)!;
  if (failures.length === 1) throw last;
  throw new HoldfastError('failed', failures.map((failure) => failure.message).join('\n'), {
    ...(last.hint && { hint: last.hint }),
    cause: last,
  });
}

/** Tries with and without TLS, as sslmode has it. TLS is never used on a Unix socket. */
async function connectTo(host: HostConfig, config: ConnectionConfig, signal: AbortSignal): Promise<Session> {
  const attempts: readonly Encryption[] = host.host.startsWith('/') ? ['plain'] : config.tls.attempts;
  const errors: { encryption: Encryption; error: unknown }[] = [];
  for (const encryption of attempts) {
    const outcome = await attempt(host, config, encryption, signal);
    if ('session' in outcome) return outcome.session;
    errors.push({ encryption, error: outcome.error });
    if (!outcome.mayTryOther) break;
  }
  // What a server says of TLS is most to the point; then what a server says at all.
  const answers = errors.filter(({ error }) => isServerError(error));
  throw (answers.find(({ encryption }) => encryption === 'tls') ?? answers[0] ?? errors.at(-1)!).error;
}

type Outcome = { session: Session } | { error: unknown; mayTryOther: boolean };

async function attempt(
  host: HostConfig,
  config: ConnectionConfig,
  encryption: Encryption,
  signal: AbortSignal,
): Promise<Outcome> {
  signal.throwIfAborted();
  const client = createClient(host, config, encryption);
  const internals = internalsOf(client);
  let reached = false;
  internals.connection.stream.once('connect', () => (reached = true));
  const onAbort = (): void => void internals.connection.stream.destroy();
  signal.addEventListener('abort', onAbort, { once: true });
  // A second error may follow the one that connect() rejects with.
  client.on('error', () => undefined);
  try {
    await client.connect();
    return { session: new Session(client, host, config, signal) };
  } catch (error) {
    internals.connection.stream.destroy();
    signal.throwIfAborted();
    const answered = isServerError(error);
    const mayTryOther =
      sqlStateOf(error) === '28000' ||
      (encryption === 'tls' &&
        reached &&
        !answered &&
        !(error instanceof HoldfastError) &&
        !isTimeout(error));
    return { error, mayTryOther };
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

function isTimeout(error: unknown): boolean {
  return error instanceof Error && error.message === 'timeout expired';
}

async function isSession(session: Session, kind: ConnectionConfig['sessionKind']): Promise<boolean> {
  if (kind === 'any') return true;
  const [row] = await session.query(
    `SELECT pg_catalog.pg_is_in_recovery()::text AS standby, pg_catalog.current_setting('transaction_read_only') AS readonly`,
  );
  const standby = row?.['standby'] === 'true';
  if (kind === 'primary') return !standby;
  if (kind === 'standby') return standby;
  const readOnly = standby || row?.['readonly'] === 'on';
  return kind === 'read-only' ? readOnly : !readOnly;
}

async function prepare(session: Session, config: ConnectionConfig): Promise<Session> {
  try {
    // First and alone: what a database has set may be too short even for the statements below.
    await session.run('SET statement_timeout = 0');
    const [row] = await session.query(
      `SELECT pg_catalog.version() AS version, pg_catalog.current_setting('server_version_num') AS number,
        pg_catalog.current_setting('server_encoding') AS encoding`,
    );
    const version = row?.['version'] ?? '';
    if (!version.startsWith('PostgreSQL ') || Number(row?.['number']) < oldestVersion) {
      throw new HoldfastError('failed', `The server of ${session.name} is not supported: ${version}.`, {
        hint: 'PostgreSQL 13 and newer are.',
      });
    }
    await session.query(pinSettings);
    await session.query(watchClient).catch((error: unknown) => {
      if (!isServerError(error)) throw error;
    });
    // Whatever a client says it reads, there the server does not convert but refuse.
    if (row?.['encoding'] === 'SQL_ASCII' || config.inServerEncoding) await session.readBytes();
    return session;
  } catch (error) {
    await session.close();
    if (!isServerError(error)) throw error;
    throw new HoldfastError(
      'failed',
      `Cannot prepare a session on ${session.name}: ${serverMessage(error)}`,
      { cause: error },
    );
  }
}
