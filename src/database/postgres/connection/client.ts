import type { EventEmitter } from 'node:events';
import type { Duplex } from 'node:stream';
import { Client } from 'pg';
import { bytesOf } from '../../../core/byte-text.ts';
import { HoldfastError } from '../../../core/errors.ts';
import type { ConnectionConfig, HostConfig } from './config.ts';
import { describeServer } from './failure.ts';
import { ReceivingSocket } from './receiving-socket.ts';

export type Encryption = 'tls' | 'plain';

/** What of `pg`'s client is needed and not declared in its types. */
export interface ClientInternals {
  readonly connection: EventEmitter & { readonly stream: Duplex; query(sql: string): void };
  readonly connectionParameters: object;
  readonly processID: number | null;
  readonly secretKey: number | null;
}

export function internalsOf(client: Client): ClientInternals {
  return client as unknown as ClientInternals;
}

/** A client that is not connected yet, and takes nothing from the process's environment. */
export function createClient(host: HostConfig, config: ConnectionConfig, encryption: Encryption): Client {
  let mechanisms: readonly string[] = [];
  const client = new Client({
    host: host.host,
    port: host.port,
    database: config.database,
    user: config.user,
    stream: () => new ReceivingSocket(),
    password: async () => {
      if (config.channelBinding === 'require') requireBinding(mechanisms);
      if (host.password) return host.password;
      throw new HoldfastError(
        'failed',
        `The server at ${describeServer(host)} asks for the password of user "${config.user}", and none was given.`,
        { hint: 'Put it into the URL, PGPASSWORD or the password file (.pgpass).' },
      );
    },
    application_name: config.applicationName,
    ssl: encryption === 'tls' ? { ...config.tls.options } : false,
    sslnegotiation: config.tls.direct && encryption === 'tls' ? 'direct' : 'postgres',
    enableChannelBinding: encryption === 'tls' && config.channelBinding !== 'disable',
    connectionTimeoutMillis: config.timeoutSeconds * 1000,
    keepAlive: config.keepAlive,
    keepAliveInitialDelayMillis: config.keepAliveSeconds * 1000,
    // Every value stays the text that the server sent.
    types: { getTypeParser: () => (value: string) => value },
  });
  // pg takes what it was not given from the process's environment; ours was looked at already.
  const { connection, connectionParameters } = internalsOf(client);
  Object.assign(connectionParameters, { options: config.options, replication: undefined });
  // pg would send a question mark for each byte that is no UTF-8.
  const send = connection.query.bind(connection);
  connection.query = (sql) => {
    if (sql.isWellFormed()) send(sql);
    else if (connection.stream.writable) connection.stream.write(queryMessage(sql));
  };
  connection.on(
    'authenticationSASL',
    (message: { mechanisms: string[] }) => (mechanisms = message.mechanisms),
  );
  if (config.channelBinding === 'require') {
    // A server that asks for nothing has not proved that it is at the other end of the TLS connection.
    connection.on('authenticationOk', () => {
      try {
        requireBinding(mechanisms);
      } catch (error) {
        connection.emit('error', error);
      }
    });
  }
  return client;
}

/** The message of a simple query (protocol documentation, "Query"). */
function queryMessage(sql: string): Buffer {
  const text = bytesOf(sql);
  const message = Buffer.alloc(text.length + 6);
  message.write('Q');
  message.writeInt32BE(text.length + 5, 1);
  text.copy(message, 5);
  return message;
}

function requireBinding(mechanisms: readonly string[]): void {
  if (mechanisms.includes('SCRAM-SHA-256-PLUS')) return;
  throw new HoldfastError(
    'failed',
    'The server did not offer channel binding, and channel_binding=require asks for it.',
    {
      hint: 'It needs TLS and a password stored as SCRAM-SHA-256; or use channel_binding=prefer.',
    },
  );
}
