import { write, writeSync } from 'node:fs';
import { promisify } from 'node:util';

/** Up to here a write into the system's memory takes less time than the way through Node's thread pool. */
const SMALL_BYTES = 64 * 1024;

const writeInPool = promisify(write);

/** Writes all of `bytes` at the descriptor's position; the system may take less than that at a time. */
export async function writeFully(descriptor: number, bytes: Uint8Array): Promise<void> {
  for (let rest = bytes; rest.length > 0;) {
    const written =
      rest.length <= SMALL_BYTES
        ? writeSync(descriptor, rest)
        : (await writeInPool(descriptor, rest)).bytesWritten;
    rest = rest.subarray(written);
  }
}
