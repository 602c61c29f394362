import type { FileHandle } from 'node:fs/promises';
import { Writable } from 'node:stream';

/** So much may wait while the disk is busy: whoever makes the bytes goes on meanwhile. */
const WAITING_BYTES = 2 << 20;

export interface FileWriterOptions {
  /** Is shown every chunk while it is written; the next one comes when both are done. */
  readonly onChunk: (chunk: Buffer) => Promise<void> | void;
  /** Makes of an error of the system the one that the stream fails with. */
  readonly explain: (error: unknown) => Error;
}

/** Writes to an open file from where it stands. The file stays open when the stream ends or fails. */
export class FileWriter extends Writable {
  /** Bytes that the file has taken. */
  bytesWritten = 0;
  readonly #handle: FileHandle;
  readonly #options: FileWriterOptions;

  constructor(handle: FileHandle, options: FileWriterOptions) {
    super({ highWaterMark: WAITING_BYTES });
    this.#handle = handle;
    this.#options = options;
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: (error?: Error) => void): void {
    void this.#take(chunk, callback);
  }

  async #take(chunk: Buffer, callback: (error?: Error) => void): Promise<void> {
    try {
      await Promise.all([writeAll(this.#handle, chunk), this.#options.onChunk(chunk)]);
      this.bytesWritten += chunk.length;
    } catch (error) {
      callback(this.#options.explain(error));
      return;
    }
    callback();
  }
}

/**
 * Writes all of `bytes`; a disk that fills up may take a part first and fail at the next call.
 * @param position where in the file; from where it stands when left out
 */
export async function writeAll(handle: FileHandle, bytes: Uint8Array, position?: number): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const at = position === undefined ? null : position + done;
    done += (await handle.write(bytes, done, bytes.length - done, at)).bytesWritten;
  }
}
