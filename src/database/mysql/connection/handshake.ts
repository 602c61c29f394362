import type { Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import type { Connection } from 'mysql2';
import { ed25519Plugin } from './ed25519.ts';
import type { ConnectionConfig, Place } from './config.ts';
import { tlsOptionsFor } from './tls.ts';
import { openStream, type ServerStream } from './wire/server-stream.ts';

export type Encryption = 'tls' | 'plain';

/** What of mysql2's connection is needed and not declared in its types. */
interface Internals {
  readonly config: { password: string | undefined };
  stream: Socket | TLSSocket;
  readonly packetParser: { execute(chunk: Buffer): void };
  startTLS: (onSecure: (error?: Error) => void) => void;
}

/**
 * Capabilities that mysql2 would ask for by itself. Never: to be asked for files of this machine. Not wanted, for they
 * change what the server does (blanks before parentheses, rows counted that were only found) or what its packets look like.
 */
const unwanted = [
  'LOCAL_FILES',
  'IGNORE_SPACE',
  'FOUND_ROWS',
  'ODBC',
  'SESSION_TRACK',
  'CLIENT_QUERY_ATTRIBUTES',
];

/**
 * Lets mysql2 connect and authenticate, then takes the socket from it: the server has nothing more to say until it is asked.
 * Rejects with mysql2's error, with the server's in it, or with the signal's reason.
 */
export async function shakeHands(
  config: ConnectionConfig,
  place: Place,
  encryption: Encryption,
  signal: AbortSignal,
): Promise<ServerStream> {
  const { authPlugins, createConnection } = await import('./driver.ts');
  signal.throwIfAborted();
  const key = { serverPublicKey: config.serverPublicKey?.toString() ?? '' };
  const { stream, divert } = openStream(place);
  const connection = createConnection({
    stream,
    ...('socket' in place ? { socketPath: place.socket } : { host: place.host, port: place.port }),
    user: config.user,
    database: config.database,
    connectTimeout: config.timeoutSeconds * 1000,
    charset: 'UTF8MB4_GENERAL_CI',
    multipleStatements: true,
    flags: unwanted.map((flag) => `-${flag}`),
    // mysql2 asks for TLS when it finds an object here; how it is done is told in startTLS.
    ...(encryption === 'tls' && { ssl: {} }),
    enableCleartextPlugin: encryption === 'tls' || 'socket' in place,
    authPlugins: {
      client_ed25519: ed25519Plugin(config.password),
      ...(config.serverPublicKey !== undefined && {
        caching_sha2_password: authPlugins.caching_sha2_password(key),
        sha256_password: authPlugins.sha256_password(key),
      }),
    },
    connectAttributes: { program_name: 'holdfast' },
  });
  const internals = internalsOf(connection);
  // It makes undefined of an empty password, and sends that word.
  internals.config.password = config.password;
  internals.startTLS = (onSecure) => {
    const plain = internals.stream;
    plain.removeAllListeners('data');
    const host = 'socket' in place ? 'localhost' : place.host;
    const secure = connectTls({ ...tlsOptionsFor(config.tls, host), socket: plain });
    secure.once('secureConnect', () => onSecure());
    // mysql2 puts a code of its own into the error that it is given.
    secure.on('error', (error) => onSecure(new Error(error.message, { cause: error })));
    secure.on('data', (chunk: Buffer) => internals.packetParser.execute(chunk));
    internals.stream = secure;
  };
  const { promise, resolve, reject } = Promise.withResolvers<ServerStream>();
  const fail = (error: unknown): void => {
    internals.stream.destroy();
    reject(error);
  };
  const onAbort = (): void => fail(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  // It stays: mysql2 tells of the end of the connection, too, which the channel hears of by itself.
  connection.on('error', fail);
  connection.once('connect', () => {
    internals.stream.removeAllListeners('data');
    // Deciphered bytes come in buffers of their own.
    resolve(internals.stream === stream ? { stream, divert } : { stream: internals.stream, divert: null });
  });
  return promise.finally(() => signal.removeEventListener('abort', onAbort));
}

function internalsOf(connection: Connection): Internals {
  return connection as unknown as Internals;
}
