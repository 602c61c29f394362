import { connect as connectSocket, createServer, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { resolveConnection } from '../../../../src/database/postgres/connection/config.ts';
import { connect } from '../../../../src/database/postgres/connection/connect.ts';
import { copyTarget } from '../../../../src/database/postgres/connection/copy-decoder.ts';
import type { CopyOut, Session } from '../../../../src/database/postgres/connection/session.ts';
import { recordingReporter } from '../../../support/recording-reporter.ts';
import { startTlsServer, type TlsServer } from './tls-server.ts';

let tls: TlsServer;

beforeAll(async () => {
  tls = await startTlsServer();
  await tls.server.query(
    'postgres',
    `CREATE FUNCTION talk(i int) RETURNS int LANGUAGE plpgsql AS
      $$ BEGIN IF i % 50 = 0 THEN RAISE WARNING 'so far: %', i; END IF; RETURN i; END $$`,
  );
});
afterAll(() => tls.stop());

async function open(url: string): Promise<Session> {
  const env = { HOME: '/nonexistent' };
  const config = await resolveConnection({ url, env, reporter: recordingReporter() });
  const session = await connect(config, new AbortController().signal);
  onTestFinished(() => session.close());
  return session;
}

/** A way to the server on which its answers come in pieces of 1 to `most` bytes. */
async function startCrumblingProxy(port: number, most: number): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (client) => {
    const upstream = connectSocket(port, '127.0.0.1');
    client.pipe(upstream);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => (client.destroy(), upstream.destroy()));
    }
    void (async () => {
      let size = 0;
      for await (const bytes of upstream as AsyncIterable<Buffer>) {
        for (let at = 0; at < bytes.length; at += size) {
          size = (size % most) + 1;
          await new Promise((resolve) => client.write(bytes.subarray(at, at + size), resolve));
          await new Promise((resolve) => setImmediate(resolve));
        }
      }
    })().catch(() => client.destroy());
  });
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as { port: number }).port;
}

/** All that comes, read into buffers of this size. */
async function readAll(copy: CopyOut, bufferBytes: number): Promise<{ text: string; rows: number }> {
  const pieces: Buffer[] = [];
  let rows = 0;
  while (await copy.hasMore()) {
    const target = copyTarget(Buffer.alloc(bufferBytes));
    await copy.read(target);
    pieces.push(target.buffer.subarray(0, target.used));
    rows += target.rows;
  }
  return { text: Buffer.concat(pieces).toString(), rows };
}

const numbers = 'COPY (SELECT public.talk(i), md5(i::text) FROM generate_series(1, 300) AS i) TO STDOUT';

describe('rows of a COPY', () => {
  const ways: readonly (readonly [string, () => Promise<string> | string])[] = [
    ['a socket', () => tls.server.url()],
    ['a Unix socket', () => tls.server.socketUrl()],
    ['TLS', () => `postgres://postgres@localhost:${tls.server.port}/postgres?sslmode=require`],
    [
      'a network that brings a byte at a time',
      async () =>
        `postgres://postgres@127.0.0.1:${await startCrumblingProxy(tls.server.port, 1)}/postgres?sslmode=disable`,
    ],
    [
      'a network that brings some bytes at a time',
      async () =>
        `postgres://postgres@127.0.0.1:${await startCrumblingProxy(tls.server.port, 11)}/postgres?sslmode=disable`,
    ],
  ];

  it.each(ways)('come whole through %s, with warnings among them, again and again', async (_, url) => {
    const session = await open(await url());
    const [expected] = await tls.server.query<{ text: string }>(
      'postgres',
      `SELECT string_agg(i || E'\\t' || md5(i::text) || E'\\n', '' ORDER BY i) AS text FROM generate_series(1, 300) AS i`,
    );
    for (const bufferBytes of [7, 1 << 20]) {
      const copy = session.copyOut(numbers);
      expect(await readAll(copy, bufferBytes)).toEqual({ text: expected!.text, rows: 300 });
      expect(copy.serverRows()).toBe(300);
      // The connection is pg's again.
      expect(await session.query('SELECT 1 AS one')).toEqual([{ one: '1' }]);
    }
    expect(await session.run('COMMIT')).toBe('COMMIT');
    expect(await session.queryBytes('SELECT 2 AS two')).toEqual([{ two: '2' }]);
  });

  it.each(ways)('that fail in their midst fail with what the server says, through %s', async (_, url) => {
    const session = await open(await url());
    const copy = session.copyOut('COPY (SELECT 1 / (100 - i) FROM generate_series(1, 300) AS i) TO STDOUT');
    await expect(readAll(copy, 64)).rejects.toMatchObject({ code: '22012' });
    expect(await session.query('SELECT 1 AS one')).toEqual([{ one: '1' }]);
  });

  it('of a statement that is refused, or is no COPY, are an error or none', async () => {
    const session = await open(tls.server.url());
    await expect(session.copyOut('COPY nowhere TO STDOUT').hasMore()).rejects.toMatchObject({
      code: '42P01',
    });
    expect(await session.copyOut('COPY (SELECT 1 WHERE false) TO STDOUT').hasMore()).toBe(false);
    expect(await session.copyOut('BEGIN').hasMore()).toBe(false);
    expect(await session.run('COMMIT')).toBe('COMMIT');
  });

  it('that are no protocol end the connection', async () => {
    const server = createServer((client) => {
      const upstream = connectSocket(tls.server.port, '127.0.0.1');
      let isCopying = false;
      client.on('data', (bytes: Buffer) => {
        isCopying ||= bytes.includes('COPY');
        if (isCopying) client.write(Buffer.from([0x64, 0xff, 0xff, 0xff, 0xff, 0x0a]));
        else upstream.write(bytes);
      });
      upstream.pipe(client);
      for (const socket of [client, upstream]) {
        socket.on('error', () => socket.destroy());
        socket.on('close', () => (client.destroy(), upstream.destroy()));
      }
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const { port } = server.address() as { port: number };
    const session = await open(`postgres://postgres@127.0.0.1:${port}/postgres?sslmode=disable`);
    await expect(session.copyOut(numbers).hasMore()).rejects.toMatchObject({
      code: 'failed',
      message: expect.stringContaining('the server sent a message of -1 bytes'),
    });
  });
});
