import type { Channel } from './channel.ts';
import { longestPayload } from './protocol.ts';

/**
 * Sends a command that comes in pieces, as packets of 16 MiB; that much is held at most. Stops when the server answers
 * before the end or the connection is lost.
 * @returns the number that the first packet of the answer has
 */
export async function sendCommand(
  channel: Channel,
  command: number,
  pieces: Iterable<Buffer> | AsyncIterable<Buffer>,
): Promise<number> {
  let sequence = 0;
  let held: Buffer[] = [Buffer.of(command)];
  let heldBytes = 1;
  const flush = async (): Promise<void> => {
    const header = Buffer.alloc(4);
    header.writeUIntLE(heldBytes, 0, 3);
    header[3] = sequence;
    sequence = (sequence + 1) & 0xff;
    const buffers = heldBytes < 1 << 14 ? [Buffer.concat([header, ...held])] : [header, ...held];
    held = [];
    heldBytes = 0;
    for (const buffer of buffers) {
      if (channel.write(buffer)) await channel.writable();
      if (channel.hasInput || channel.lost !== undefined) return;
    }
  };
  for await (const piece of pieces) {
    let rest = piece;
    while (heldBytes + rest.length >= longestPayload) {
      const fitting = longestPayload - heldBytes;
      held.push(rest.subarray(0, fitting));
      heldBytes = longestPayload;
      rest = rest.subarray(fitting);
      await flush();
      if (channel.hasInput || channel.lost !== undefined) return sequence;
    }
    held.push(rest);
    heldBytes += rest.length;
  }
  await flush();
  return sequence;
}
