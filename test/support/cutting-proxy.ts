import { connect, createServer, type Socket } from 'node:net';

/** A way to a server that can break at the worst moment. */
export interface CuttingProxy {
  readonly port: number;
  close(): void;
}

/**
 * Passes bytes on to 127.0.0.1:`port`. Once the client has sent `text`, it is cut off: `before` the server sees it, or when
 * the server's answer comes. With `once`, later connections pass untouched; without, they are refused. What comes before
 * the client has sent each of `after`, in their order, does not count.
 */
export async function startCuttingProxy(
  port: number,
  text: string,
  options: { before?: boolean; once: boolean; after?: readonly string[] },
): Promise<CuttingProxy> {
  const sockets = new Set<Socket>();
  let cut = false;
  const awaited = [...(options.after ?? [])];
  const server = createServer((client) => {
    const upstream = connect(port, '127.0.0.1');
    const drop = (): void => {
      client.destroy();
      upstream.destroy();
    };
    let answered = false;
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', drop);
      socket.on('close', drop);
    }
    const sever = (): void => {
      cut = true;
      drop();
      if (!options.once) server.close();
    };
    client.on('data', (data: Buffer) => {
      const [next] = awaited;
      if (next !== undefined && data.includes(next)) awaited.shift();
      if (awaited.length === 0 && !cut && data.includes(text)) {
        if (options.before) return sever();
        answered = true;
      }
      upstream.write(data);
    });
    upstream.on('data', (data: Buffer) => (answered ? sever() : client.write(data)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    port: address.port,
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
