import { createServer, request } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { bucketsOfFile, contentOf, failureOf } from './buckets.ts';

const open = bucketsOfFile();
const NAMES = ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY'];

afterEach(() => {
  for (const name of NAMES) delete process.env[name];
});

/** A web proxy that passes requests on, and connects those that want a tunnel. */
async function webProxy() {
  const seen: string[] = [];
  const server = createServer((incoming, answer) => {
    seen.push(`${incoming.method} ${incoming.url}`);
    const onward = request(incoming.url!, { method: incoming.method!, headers: incoming.headers }, (got) => {
      answer.writeHead(got.statusCode!, got.headers);
      got.pipe(answer);
    });
    incoming.pipe(onward);
  });
  server.on('connect', (incoming, socket) => {
    seen.push(`CONNECT ${incoming.url}`);
    const onward = connect(Number(incoming.url!.split(':')[1]), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      socket.pipe(onward).pipe(socket);
    });
    for (const end of [onward, socket]) end.on('error', () => {});
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    seen,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.dispose]: () => void server.close(),
  };
}

test('requests go through the proxy that the environment names, but to hosts that need none', async (context) => {
  const { reopen, name, server } = await open(context);
  using proxy = await webProxy();
  process.env['HTTP_PROXY'] = proxy.url;
  const bucket = await reopen({}, { endpoint: server.endpoint });
  await bucket.put('a', Buffer.from('through'));
  expect((await contentOf(bucket, 'a')).toString()).toBe('through');
  const target = `${server.endpoint}/${name}/a`;
  expect(proxy.seen).toEqual([
    expect.stringContaining(`PUT ${target}`),
    expect.stringContaining(`GET ${target}`),
  ]);
  process.env['NO_PROXY'] = new URL(server.endpoint).hostname;
  await (await reopen({}, { endpoint: server.endpoint })).put('b', Buffer.from('beside'));
  expect(proxy.seen.length).toBe(2);
});

test('with TLS they go through a tunnel; a proxy that is not there is named as the possible cause', async (context) => {
  const { reopen, server } = await open(context);
  const endpoint = server.endpoint.replace('http:', 'https:');
  {
    using proxy = await webProxy();
    process.env['HTTPS_PROXY'] = proxy.url;
    // The server behind it speaks no TLS.
    const error = await failureOf((await reopen({}, { endpoint })).head('a'));
    expect(error.message).toContain('does not speak TLS');
    expect(proxy.seen[0]).toBe(`CONNECT ${new URL(endpoint).host}`);
  }
  const error = await failureOf((await reopen({}, { endpoint })).head('a'));
  expect(error.hint).toContain('HTTPS_PROXY names a proxy');
});
