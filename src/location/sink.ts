import type { Writable } from 'node:stream';

/**
 * Where an archive is written. Nothing of it counts until `commit`. It ends with `commit` or `abort`.
 */
export interface ArchiveSink {
  /** How it is called in messages: a path or `standard output`. */
  readonly name: string;
  /** Takes the archive's bytes. It fails with a HoldfastError `failed`. */
  readonly stream: Writable;
  /** How many bytes have been written so far. */
  bytesWritten(): number;
  /**
   * Ends the stream if that has not been done, and makes the archive final. When it fails, it cleans up
   * itself; only when the archive has its name and that cannot be brought to the disk, the archive stays.
   * @throws HoldfastError `failed`, also when the stream failed before; `usage` when meanwhile the name has
   *   been taken
   */
  commit(): Promise<void>;
  /**
   * Leaves nothing behind. Does nothing after `commit`, and waits for one that is under way. Safe to call
   * again.
   */
  abort(): Promise<void>;
}
