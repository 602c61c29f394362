import type { FileHandle } from 'node:fs/promises';

/** Writes all of `bytes` at the handle's position; the system may take less than that at a time. */
export async function writeFully(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let offset = 0; offset < bytes.length;) {
    offset += (await handle.write(bytes, offset)).bytesWritten;
  }
}
