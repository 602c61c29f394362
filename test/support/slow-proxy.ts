import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** A long and narrow way to a server. */
export interface SlowProxy {
  readonly port: number;
  /** The bytes that came from clients and from the server so far. */
  bytes(): { readonly up: number; readonly down: number };
  close(): void;
}

/** How slow each connection is, in both directions. */
export interface Slowness {
  /** What a connection passes at most. */
  readonly bytesPerSecond?: number;
  /** How long each byte is under way. */
  readonly latencyMilliseconds?: number;
}

/**
 * Passes bytes on to 127.0.0.1:`port`, each connection for itself as slowly as told, by sleeping: connections side by side carry
 * more, and no core has more to do.
 */
export async function startSlowProxy(port: number, slowness: Slowness): Promise<SlowProxy> {
  const sockets = new Set<Socket>();
  const passed = { up: 0, down: 0 };
  const server = createServer({ allowHalfOpen: true }, (client) => {
    const upstream = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    const drop = (): void => {
      client.destroy();
      upstream.destroy();
    };
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', drop);
      socket.on('close', () => sockets.delete(socket));
    }
    pass(client, upstream, slowness, (bytes) => (passed.up += bytes)).catch(drop);
    pass(upstream, client, slowness, (bytes) => (passed.down += bytes)).catch(drop);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    port: address.port,
    bytes: () => ({ ...passed }),
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** Ends the receiver when the sender ends. */
async function pass(
  from: Socket,
  to: Socket,
  { bytesPerSecond = Infinity, latencyMilliseconds = 0 }: Slowness,
  count: (bytes: number) => void,
): Promise<void> {
  /** When the way is free again, in the milliseconds of performance.now(). */
  let free = 0;
  // Its other direction goes on after the end of this one.
  for await (const chunk of from.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    count(chunk.length);
    const now = performance.now();
    free = Math.max(free, now) + (chunk.length / bytesPerSecond) * 1000;
    // Timers count whole milliseconds: what is shorter waits with the next chunk.
    if (free - now >= 1) await delay(free - now);
    // Timers of the same length end in the order in which they began.
    if (latencyMilliseconds > 0) setTimeout(() => to.write(chunk), latencyMilliseconds);
    else to.write(chunk);
    if (to.writableNeedDrain) await once(to, 'drain');
  }
  await delay(latencyMilliseconds);
  to.end();
}
