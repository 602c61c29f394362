import { type FileHandle, open } from 'node:fs/promises';
import type { SourcePart } from '../../engine.ts';

/** What is read at a time where the reader has no buffer of his own. */
const CHUNK_BYTES = 1 << 20;

export interface FileParts {
  /** Of the copy. */
  readonly path: string;
  readonly partBytes: number;
  readonly signal: AbortSignal;
}

/** The slices of a file, one after another. */
export async function* readParts(options: FileParts): AsyncGenerator<SourcePart, void, void> {
  await using file = await open(options.path, 'r');
  const { size } = await file.stat();
  for (let start = 0; start < size; start += options.partBytes) {
    const slice = new FileSlice(file, start, Math.min(size, start + options.partBytes), options);
    yield {
      rows: () => 0,
      chunks: slice.chunks(),
      fill: (target) => slice.fill(target),
    };
  }
}

/** A run of a file's bytes, which is read from its beginning to its end. */
class FileSlice {
  readonly #file: FileHandle;
  readonly #options: FileParts;
  readonly #end: number;
  #position: number;

  constructor(file: FileHandle, start: number, end: number, options: FileParts) {
    this.#file = file;
    this.#options = options;
    this.#position = start;
    this.#end = end;
  }

  async fill(target: Buffer): Promise<number> {
    const { path, signal } = this.#options;
    const wanted = Math.min(target.length, this.#end - this.#position);
    for (let filled = 0; filled < wanted;) {
      signal.throwIfAborted();
      const { bytesRead } = await this.#file.read(target, filled, wanted - filled, this.#position);
      // It is emptied to interrupt what else is done on it.
      signal.throwIfAborted();
      if (bytesRead === 0) throw new Error(`${path} has lost bytes while it was read`);
      filled += bytesRead;
      this.#position += bytesRead;
    }
    return wanted;
  }

  async *chunks(): AsyncGenerator<Buffer, void, void> {
    while (this.#position < this.#end) {
      const chunk = Buffer.allocUnsafeSlow(Math.min(CHUNK_BYTES, this.#end - this.#position));
      yield chunk.subarray(0, await this.fill(chunk));
    }
  }
}
