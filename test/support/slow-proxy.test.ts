import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { type Slowness, startSlowProxy } from './slow-proxy.ts';

const BYTES = 400_000;

/** Sends back what it is sent, also after the end of that. */
async function echo(): Promise<Server> {
  const server = createServer({ allowHalfOpen: true }, (socket) => socket.pipe(socket));
  onTestFinished(() => void server.close());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

/** Sends bytes through a proxy and takes what comes back. Milliseconds until the first and until the last byte. */
async function sendThrough(slowness: Slowness): Promise<{ first: number; last: number }> {
  const { port } = (await echo()).address() as AddressInfo;
  const proxy = await startSlowProxy(port, slowness);
  onTestFinished(() => proxy.close());
  const sent = Buffer.from(Array.from({ length: BYTES }, (_, index) => index % 251));
  const start = performance.now();
  const socket = connect({ port: proxy.port, host: '127.0.0.1', allowHalfOpen: true });
  socket.end(sent);
  const returned: Buffer[] = [];
  let first = 0;
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    first ||= performance.now() - start;
    returned.push(chunk);
  }
  expect(Buffer.concat(returned).equals(sent)).toBe(true);
  expect(proxy.bytes()).toEqual({ up: BYTES, down: BYTES });
  return { first, last: performance.now() - start };
}

it('lets no more than so many bytes a second pass', async () => {
  // What comes back goes beside what is still sent.
  expect((await sendThrough({ bytesPerSecond: 2 * BYTES })).last).toBeGreaterThan(490);
});

it('keeps bytes in order, and each of them back for the time given', async () => {
  // There and back.
  expect((await sendThrough({ latencyMilliseconds: 100 })).first).toBeGreaterThan(195);
});
