import { connect } from 'node:net';
import { join } from 'node:path';
import type { ClientInternals } from './client.ts';
import type { HostConfig } from './config.ts';

const patienceMilliseconds = 3000;
/** Protocol documentation, "CancelRequest". */
const cancelRequestCode = 80877102;

/**
 * Asks a server to stop what a client's session is doing: one that is busy with a statement notices late, or (before 14)
 * only at the end, that its client is gone. Best effort, on a socket of its own, without waiting; servers take it without
 * TLS. It has no effect on a statement that the server has yet to begin.
 */
export function sendCancelRequest(
  { host, port }: HostConfig,
  { processID, secretKey }: Pick<ClientInternals, 'processID' | 'secretKey'>,
): void {
  if (processID === null || secretKey === null) return;
  const request = Buffer.alloc(16);
  request.writeInt32BE(request.length, 0);
  request.writeInt32BE(cancelRequestCode, 4);
  request.writeInt32BE(processID, 8);
  request.writeInt32BE(secretKey, 12);
  const socket = host.startsWith('/') ? connect(join(host, `.s.PGSQL.${port}`)) : connect(port, host);
  socket.on('error', () => socket.destroy());
  socket.setTimeout(patienceMilliseconds, () => socket.destroy());
  socket.end(request);
  socket.resume();
}
