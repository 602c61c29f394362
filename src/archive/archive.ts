import type { Readable } from 'node:stream';
import type { Manifest } from './manifest.ts';

/** How an entry's bytes lie in the zip: as they are, or deflated. */
export type EntryMethod = 'store' | 'deflate';

export type EntryType = 'file' | 'directory' | 'symlink';

export interface EntryOptions {
  /** Permission bits (07777); the zip's usual ones when left out. */
  readonly mode?: number;
  /** Time of last change; the time of writing when left out. Zip keeps it in UTC, in steps of 2 seconds. */
  readonly mtime?: Date;
}

export interface FileOptions extends EntryOptions {
  readonly method: EntryMethod;
  /** For a Buffer with the method `deflate`: what `pack` made of it. Left out, the writer deflates it. */
  readonly deflated?: Buffer;
  /** Whether a Buffer's memory is used again when `add` is done: it is copied then. */
  readonly isBorrowed?: boolean;
}

/** What went into a file entry. */
export interface AddedEntry {
  /** Bytes before compression. */
  readonly size: number;
  /** SHA-256 of those bytes, as 64 hex digits. */
  readonly sha256: string;
}

/** Content that was hashed and packed elsewhere. */
export interface PackedContent extends AddedEntry {
  readonly method: EntryMethod;
  /** Of the bytes before compression. */
  readonly crc32: number;
  /** Its bytes as they lie in the zip. */
  readonly data: readonly Buffer[];
}

/** An entry for `ArchiveWriter.addAll`. */
export type PackedEntry = EntryOptions & { readonly name: string } & (
    | { readonly type: 'file'; readonly content: PackedContent }
    | { readonly type: 'directory' }
    /** Where it points, in bytes as it is spelled. */
    | { readonly type: 'symlink'; readonly target: Buffer }
  );

/**
 * The content handed to `ArchiveWriter.add` failed (`cause` is its error). The entry ends where it failed, and the
 * archive stays sound: the caller notes the problem and goes on.
 */
export class EntryContentError extends Error {
  /** What did go into the entry. */
  readonly added: AddedEntry;

  constructor(name: string, added: AddedEntry, cause: unknown) {
    super(`The content of ${name} failed after ${added.size} bytes`, { cause });
    this.name = 'EntryContentError';
    this.added = added;
  }
}

/**
 * An archive being written. Calls queue up and are done one at a time, in order. When the output fails, every call,
 * waiting or later, rejects with the output's error.
 */
export interface ArchiveWriter {
  /**
   * Writes a file. A Buffer has its sizes and CRC in its local header; a stream has them in a data descriptor. A stream that was handed over is always read to its end or closed.
   * @throws EntryContentError when `content` fails; the archive stays sound
   */
  add(name: string, content: Buffer | AsyncIterable<Uint8Array>, options: FileOptions): Promise<AddedEntry>;
  /** Writes entries that need no more work, at one go: many small ones take little time then. Their data is copied. */
  addAll(entries: readonly PackedEntry[]): Promise<void>;
  /** @param name without a trailing slash */
  addDirectory(name: string, options?: EntryOptions): Promise<void>;
  /** @param target where it points, in bytes as it is spelled */
  addSymlink(name: string, target: Buffer, options?: EntryOptions): Promise<void>;
  /** Writes SHA256SUMS and, last, the manifest; ends the output and waits until it has taken everything. */
  finish(makeManifest: (facts: ArchiveFacts) => Manifest): Promise<void>;
  /** Stops at once: every call rejects with `reason`, and the output is destroyed. Does nothing after `finish`. */
  abort(reason: Error): void;
}

/** What only the writer knows about an archive, for its manifest. */
export interface ArchiveFacts {
  /** How many entries SHA256SUMS lists. */
  readonly entries: number;
  /** SHA-256 of SHA256SUMS. */
  readonly sums: string;
}

/** One member of an archive, as its central directory has it. */
export interface ArchiveEntry {
  /** Without the trailing slash that a directory has in the zip. */
  readonly name: string;
  readonly type: EntryType;
  readonly method: EntryMethod;
  /** Bytes before compression. */
  readonly size: number;
  /** Bytes in the zip. */
  readonly compressedSize: number;
  readonly crc32: number;
}

/** The entries of an archive in the order in which they lie in the zip; each is an object made when it is asked for. */
export interface ArchiveEntries extends Iterable<ArchiveEntry> {
  readonly length: number;
  /** @param index counted from the end where it is negative */
  at(index: number): ArchiveEntry | undefined;
}

/** A line of SHA256SUMS. */
export interface EntrySum {
  readonly name: string;
  /** 64 hex digits. */
  readonly sha256: string;
}

/** Entries that follow each other, as they lie in the zip. Nothing of them has been checked. Plain data, which can go to another thread. */
export interface HeldEntries {
  /** The archive's name in messages. */
  readonly archive: string;
  readonly entries: readonly ArchiveEntry[];
  /** From the local header of the first up to the entry after the last. */
  readonly block: Buffer;
}

/**
 * An archive open for reading. Everything it throws is a HoldfastError: `damaged` for what is wrong with the archive,
 * or what its source threw. It holds nothing that needs closing; the source stays its owner's.
 */
export interface ArchiveReader {
  /** How it is called in messages. */
  readonly name: string;
  readonly manifest: Manifest;
  readonly entries: ArchiveEntries;
  entry(name: string): ArchiveEntry | undefined;
  /** Says that these entries are going to be read, so that a source far away can fetch them ahead. */
  expect(entries: Iterable<ArchiveEntry>): void;
  /**
   * The uncompressed bytes of an entry of this archive. Its local header is checked first, its size and CRC at the
   * end; never more bytes come than the entry declares.
   */
  read(entry: ArchiveEntry): AsyncGenerator<Buffer, void, void>;
  /** The same as a stream, which may be destroyed at any time. */
  open(entry: ArchiveEntry): Readable;
  /** Whether an entry is small enough to be held in memory (`HELD_BYTES` of the reader). */
  canHold(entry: ArchiveEntry): boolean;
  /** As `read`, at one go; null for an entry that cannot be held. */
  readWhole(entry: ArchiveEntry): Promise<Buffer> | null;
  /**
   * Reads entries at one go, as they lie in the zip and not checked yet.
   * @param entries one or more that follow each other in `entries` and can each be held
   */
  hold(entries: readonly ArchiveEntry[]): Promise<HeldEntries>;
  /** Checks an entry of any size in the same way, and returns the SHA-256 of its bytes. @throws the reason of `signal` too */
  digest(entry: ArchiveEntry, signal?: AbortSignal): Promise<string>;
  /** The lines of SHA256SUMS in order; at the end its own SHA-256 is checked against the manifest. */
  sums(): AsyncGenerator<EntrySum, void, void>;
}
