import type { Readable } from 'node:stream';
import { HoldfastError } from '../core/errors.ts';
import type { ItemAttributes } from '../core/item-attributes.ts';
import type { JournalRecord } from '../core/journal-record.ts';
import type { JournalStore, JournalStoreOptions } from '../core/journal-store.ts';
import type { Problem } from '../core/problem.ts';
import type { Reporter } from '../core/reporter.ts';

/** What a storage holds at one path. */
export type ItemType = 'file' | 'directory' | 'symlink';

/** One file, directory or link of a storage, with what is needed to make it again. */
export interface StorageItem extends ItemAttributes {
  readonly type: ItemType;
  /** Its path below the storage's root as the source spells it, in bytes, with `/` between segments. */
  readonly path: Buffer;
  /** Size in bytes when it was listed; 0 for what is not a file. */
  readonly size: number;
  /** Where a symlink points, in bytes as it is spelled. */
  readonly target?: Buffer;
  /** What other sources keep beside a file (content type, user metadata, …), as plain JSON data. */
  readonly metadata?: Readonly<Record<string, unknown>>;
}

/** What a listing gives that leaves files to threads (`ThreadedFiles`). */
export type ListedItem =
  | { readonly item: StorageItem }
  /** A file at this path, with one character for each of its bytes (`latin1`); not looked at yet. */
  | { readonly unread: string }
  | { readonly problem: ItemProblem };

/** Why something of a storage is not, or not wholly, in the archive. */
export interface ItemProblem {
  readonly path: Buffer;
  /** One clause without a full stop: `permission denied`, `shrank from 10 to 3 bytes while it was read`. */
  readonly reason: string;
}

/** Nothing of a storage can be read any more: its service is gone, or does not take the credentials. */
export class LostStorage extends HoldfastError {}

/** A file opened for reading. */
export interface OpenedFile {
  /** Its bytes: at most as many as it had when it was opened. An error in it is a failed read of this file alone. */
  readonly content: Readable;
  /** The item with the attributes it had when it was opened. */
  readonly item: StorageItem;
  /** Once `content` has ended: why the bytes are not one state of the file, or null when they are. */
  check(): Promise<string | null>;
}

export interface StorageOptions {
  readonly location: string;
  readonly reporter: Reporter;
  readonly signal: AbortSignal;
}

export interface StorageSourceOptions extends StorageOptions {
  /** True for a path (bytes decoded as UTF-8) that is to be left out, and all below it. */
  readonly exclude: (path: string) => boolean;
}

/** How far the next files may be opened and read while one is being written: what takes time is waiting for each. */
export interface ReadAhead {
  /** So many items. */
  readonly files: number;
  /** What the files among them may hold in memory together, in bytes. */
  readonly bytes: number;
  /** What a file of `size` bytes holds once it is open; null for one that is not opened ahead. */
  holds(size: number): number | null;
}

/** What a file system knows of a file. */
export interface FileFacts {
  /** In bytes. */
  readonly size: number;
  /** Type and permission bits. */
  readonly mode: number;
  readonly mtimeNs: bigint;
  readonly uid: number;
  readonly gid: number;
}

/** Reads small files by calls that wait, on a thread of its own: many small files take a fraction of the time then. */
export interface FileReader {
  /**
   * Reads a whole file into the beginning of `target`.
   * @param path as `ListedItem.unread` has it
   * @returns null for whatever is not a file as it should be: too large, gone, forbidden, changed meanwhile. Such a path has
   *   to be looked at and opened in the usual way, which has words for it.
   */
  read(path: string, target: Buffer): FileFacts | null;
  /** Closes what it keeps open between files. It may be used again. */
  rest(): void;
}

/** The other half of a `FileReader`: where it is told what to read. */
export interface ThreadedFiles {
  /** What a `FileReader` is opened with (file-readers.ts): plain data, that another thread can be given. */
  readonly place: unknown;
  /** The same as `StorageSource.list`, in runs of neighbours, without looking at files. */
  list(): AsyncIterable<readonly ListedItem[]>;
  /** Looks at a path that was listed as a file; null for what is skipped with a warning. Never `unread`. */
  look(path: string): Promise<ListedItem | null>;
  /** The item of a file that was read. */
  item(path: string, facts: FileFacts): StorageItem;
}

export interface StorageSource {
  /** How it is called in messages and in the manifest; no secrets. */
  readonly name: string;
  /** The attributes of the root itself, where the source has such a thing. */
  readonly root: ItemAttributes | null;
  readonly readAhead: ReadAhead;
  /**
   * Everything it holds, parents before children, all below one directory in one run. The order is of the source's own: that
   * of a depth-first walk with siblings by their bytes, or of whole paths by theirs (`a`, `a-b`, `a/b`). What cannot be listed is
   * reported through `onProblem`; what is no file, directory or symlink is skipped with a warning.
   */
  list(onProblem: (problem: ItemProblem) => void): AsyncIterable<StorageItem>;
  /** @throws LostStorage (`content` may fail with it too); any other error: this one file cannot be read */
  open(item: StorageItem): Promise<OpenedFile>;
  /** Where files can be read by threads. */
  readonly threaded?: ThreadedFiles;
  /** Whether something else stands in its place by now: what was listed and opened may be of two states then. */
  isReplaced(): Promise<boolean>;
  close(): Promise<void>;
}

export interface StorageTargetOptions extends StorageOptions {
  /** The storage's name in the archive: for messages. */
  readonly storage: string;
  /** Whether what the target holds may be replaced. If not, it must still be empty at the swap, and nothing of it is removed. */
  readonly replace: boolean;
  /** Makes the names of what this restore makes beside the target its own: 12 hex digits. */
  readonly token: string;
}

/** How much a storage holds. */
export interface StorageSize {
  readonly files: number;
  readonly bytes: number;
}

/** What a target cannot keep of an item that another kind of storage held. */
export interface Misfit {
  /** True when the item is there all the same after a restore, without what the reason names; false when it cannot be put. */
  readonly isHeld: boolean;
  /** One clause without a full stop, which may be of many items: `a storage in S3 has no symlinks`. */
  readonly reason: string;
}

/** Asked of items in the order of their archive, of all that are wanted: an item may not fit because of one before it. */
export type Fitting = (item: StorageItem) => Misfit | null;

/** A storage that files are restored into: staged beside the target first, then swapped in as a whole. */
export interface StorageTarget {
  readonly name: string;
  /** True when it does not exist or holds nothing. */
  isEmpty(): Promise<boolean>;
  /** How much it holds, for people who are about to replace it. Walks all of it. */
  measure(): Promise<StorageSize>;
  /**
   * What the staging area's file system is called among those of this machine: targets that share one need room together.
   * Null where it cannot be told (the directory is missing, or the storage has no such thing).
   */
  volume(): Promise<string | null>;
  /** What would make the restore of `bytes` bytes in `files` files fail; changes nothing. */
  preflight(needs: StorageSize): Promise<Problem[]>;
  /**
   * Begins to hold what a storage of a kind held against what this one can hold: null is what it keeps as it is. No fitting
   * at all where it can hold whatever that one could.
   */
  fitting(kind: string): Fitting | null;
  /** Where the journal of a restore into it lies: beside its data, there already, one of `Storage.journalStores`. */
  readonly journalStore: JournalStore;
  /**
   * What the journal has to keep before `begin`, and anew before `swap`: enough for `Storage.openRecovery` to find
   * everything that this restore makes or moves.
   */
  record(): Promise<JournalRecord>;
  /** Makes the staging area, after which `put` may be called. */
  begin(): Promise<void>;
  /**
   * Writes one item into the staging area. Items come as `StorageSource.list` gave them (parents first).
   * Nothing can land outside the staging area, whatever the path.
   * @param content the bytes of a file, whole or as a stream; null for what is not a file. A Buffer is not kept.
   */
  put(item: StorageItem, content: Buffer | Readable | null): Promise<void>;
  /**
   * Sets what can only be set at the end (directories' modes and times) and syncs the staging area to disk.
   * @param root the archived attributes of the root; a target that exists keeps its own
   */
  finish(root: ItemAttributes | null): Promise<void>;
  /**
   * Swaps the staging area in. After it the target holds the new state, and `undo` brings back the old one. When it
   * throws, it has brought the old one back itself; where that failed too, `undo` or a recovery tries again.
   * @throws HoldfastError `failed` when the target may not be replaced and is no longer empty
   */
  swap(): Promise<void>;
  /** What `StorageRecovery.undo` does; nothing unless a swap had begun. Throws when the target may not hold the old state. */
  undo(): Promise<void>;
  /**
   * Drops what the swap put aside: there is no way back then. What came into a target that was to be empty is kept beside it.
   * @throws Unfinished where the application could take what is left for its own; any other error: where it could not
   */
  drop(): Promise<void>;
  /** Removes the staging area of a restore that was not swapped in. Safe to call at any time. */
  discard(): Promise<void>;
}

export interface RecoveryOptions {
  readonly reporter: Reporter;
  /** Ends what can be begun again later. */
  readonly signal: AbortSignal;
  /** Whether the swap may have begun. If not, only a staging area can be there, whole or not. */
  readonly swapping: boolean;
}

/** What is left of a restore whose process ended in the middle. Both ways may be gone again after another crash. */
export interface StorageRecovery {
  readonly name: string;
  /**
   * After a swap that was complete: the target keeps the new state, and what was put aside is removed.
   * @throws HoldfastError `failed` when the swap was not complete
   */
  finish(): Promise<void>;
  /** The target holds the old state again, and nothing of the new is left; but what users wrote into it since is kept beside it, with a warning. */
  undo(): Promise<void>;
}

/** The code for one kind of place where uploaded files live. */
export interface Storage {
  /** As the manifest names it: `local`, `s3`. */
  readonly kind: string;
  /** True for a location that is this storage's. */
  accepts(location: string): boolean;
  openSource(options: StorageSourceOptions): Promise<StorageSource>;
  openTarget(options: StorageTargetOptions): Promise<StorageTarget>;
  /**
   * What identifies the place of a location and each place above it, from itself upwards: one lies in another when the
   * lineage of the first holds the beginning of that of the other. Nothing need exist there.
   */
  lineage(location: string): Promise<readonly string[]>;
  /** The name of a storage that was given none: the last segment of its location; no secrets. */
  nameOf(location: string): string;
  /** Where the journal of a restore into `location` may lie (`StorageTarget.journalStore`). */
  journalStores(location: string, options: JournalStoreOptions): Promise<readonly JournalStore[]>;
  /** Opens a store by its `address`, which may come from a file. @throws HoldfastError `usage` for what can be none */
  openJournalStore(address: string, options: JournalStoreOptions): Promise<JournalStore>;
  /** True when a record is of a restore into `location`. */
  concerns(record: JournalRecord, location: string): Promise<boolean>;
  /**
   * True when a record that does not concern `location`, of a journal in one of its stores, is of a restore into that place all the
   * same, which it knows by another name: that of another host or container, say.
   */
  concernsOtherwise(record: JournalRecord, location: string): Promise<boolean>;
  /** @throws HoldfastError `refused` for a record that does not fit this machine or makes no sense */
  openRecovery(record: JournalRecord, options: RecoveryOptions): Promise<StorageRecovery>;
}
