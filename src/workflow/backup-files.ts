import {
  EntryContentError,
  type AddedEntry,
  type ArchiveWriter,
  type EntryOptions,
  type PackedEntry,
} from '../archive/archive.ts';
import { EntryNamer } from '../archive/entry-namer.ts';
import { encodeAttributes } from '../archive/item-attributes.ts';
import { storageDirectory, storageIndexName } from '../archive/layout.ts';
import type { ManifestStorage } from '../archive/manifest.ts';
import { LineStore } from '../archive/line-store.ts';
import { encodeIndexItem, type IndexItem } from '../archive/storage-index.ts';
import { messageOf } from '../core/errors.ts';
import { printable } from '../core/printable.ts';
import type { Reporter } from '../core/reporter.ts';
import type { ItemAttributes } from '../core/item-attributes.ts';
import {
  type ItemProblem,
  type ListedItem,
  LostStorage,
  type StorageItem,
  type StorageSource,
  type ThreadedFiles,
} from '../storage/storage.ts';
import { FileThreads } from './file-threads.ts';
import { peek } from './peek.ts';
import type { ProblemList } from './problems.ts';
import { readAhead, type ItemAtTurn, type ReadFile, readFile } from './read-ahead.ts';
import { lookAtListed, readThreaded, type ThreadedItem } from './threaded-files.ts';

/** From so many files on it pays to start threads. */
const MANY_FILES = 200;

export interface FilesBackupOptions {
  readonly name: string;
  readonly kind: string;
  readonly source: StorageSource;
  readonly writer: ArchiveWriter;
  /** How many threads may read files. */
  readonly jobs: number;
  readonly reporter: Reporter;
  readonly signal: AbortSignal;
  /** Takes what could not be backed up, or not as one state. */
  readonly problems: ProblemList;
}

/**
 * Writes a storage's files and their index into the archive and returns what the manifest says of them.
 * @throws HoldfastError `failed` when there are more problems than an archive names
 */
export async function backupFiles(options: FilesBackupOptions): Promise<ManifestStorage> {
  const { name, kind, source, writer, reporter } = options;
  reporter.phase('files', `Backing up files of ${name}`);
  if (source.root !== null) await writer.addDirectory(storageDirectory(name), entryAttributes(source.root));
  const backup = new FilesBackup(options);
  await backup.run();
  options.problems.requireFew();
  const content = await backup.index.content();
  await writer.addAll([{ type: 'file', name: storageIndexName(name), content }]);
  const root = source.root === null ? null : encodeAttributes(source.root);
  return { name, kind, location: source.name, root, ...backup.counts };
}

class FilesBackup {
  readonly counts = { files: 0, directories: 0, symlinks: 0, bytes: 0 };
  readonly index = new LineStore();
  readonly #options: FilesBackupOptions;
  readonly #namer: EntryNamer;

  constructor(options: FilesBackupOptions) {
    this.#options = options;
    this.#namer = new EntryNamer(storageDirectory(options.name));
  }

  async run(): Promise<void> {
    const { source } = this.#options;
    const { threaded } = source;
    if (threaded === undefined) return this.#addOneByOne(source.list(this.#onProblem));
    const { all, isMore } = await peek(threaded.list(), MANY_FILES, countFiles);
    if (isMore) await this.#addThreaded(all, threaded);
    else await this.#addOneByOne(lookAtListed(all, threaded, this.#onProblem));
  }

  async #addOneByOne(items: AsyncIterable<StorageItem>): Promise<void> {
    const { source, writer, signal, problems } = this.#options;
    for await (const { item, read } of readAhead(items, source)) {
      signal.throwIfAborted();
      problems.requireFew();
      if (item.type === 'file') await this.#addFile(item, read);
      else await writer.addAll([this.#entryOf(item)]);
    }
  }

  async #addThreaded(runs: AsyncIterable<readonly ListedItem[]>, threaded: ThreadedFiles): Promise<void> {
    const { kind, jobs, signal, problems } = this.#options;
    await using threads = new FileThreads({ kind, place: threaded.place }, jobs, signal);
    for await (const run of readThreaded(runs, threaded, threads)) {
      signal.throwIfAborted();
      problems.requireFew();
      await this.#addRun(run);
    }
  }

  async #addRun(run: readonly ThreadedItem[]): Promise<void> {
    const { writer, source, reporter } = this.#options;
    let entries: PackedEntry[] = [];
    let bytes = 0;
    for (const one of run) {
      if ('problem' in one) {
        this.#onProblem(one.problem);
      } else if (one.item.type !== 'file') {
        entries.push(this.#entryOf(one.item));
      } else if (one.content !== undefined) {
        const { item, content } = one;
        const entry = this.#namer.name(item.path, item.type);
        entries.push({ type: 'file', name: entry, content, mode: item.mode, mtime: dateOf(item) });
        this.#count({ ...item, entry, content });
        bytes += content.size;
      } else {
        await writer.addAll(entries);
        entries = [];
        await this.#addFile(one.item, () => readFile(source, one.item));
      }
    }
    await writer.addAll(entries);
    const last = run.findLast((one) => 'item' in one);
    if (bytes > 0) reporter.progress(bytes, last === undefined ? undefined : printable(last.item.path));
  }

  /** Adds one file. A file that cannot be read is a problem and no failure: nothing of it is written. */
  async #addFile(listed: StorageItem, read: ItemAtTurn['read']): Promise<void> {
    const { writer, reporter, signal } = this.#options;
    const entry = this.#namer.name(listed.path, listed.type);
    let opened: ReadFile;
    try {
      opened = await read();
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof LostStorage) throw error;
      this.#onProblem({ path: listed.path, reason: messageOf(error) });
      return;
    }
    const { item } = opened.file;
    let content: AddedEntry;
    let problem: string | null;
    try {
      content = await writer.add(entry, opened.content, { ...opened.packing, ...entryAttributes(item) });
      problem = await opened.file.check();
    } catch (error) {
      if (!(error instanceof EntryContentError)) throw error;
      signal.throwIfAborted();
      if (error.cause instanceof LostStorage) throw error.cause;
      content = error.added;
      problem = messageOf(error.cause);
    }
    reporter.progress(content.size, printable(item.path));
    if (problem !== null) this.#onProblem({ path: item.path, reason: problem });
    this.#count({ ...item, entry, content, ...(problem === null ? {} : { problem }) });
  }

  /** The entry of a directory or symlink, which is counted as written. */
  #entryOf(item: StorageItem): PackedEntry {
    const entry = this.#namer.name(item.path, item.type);
    this.#count({ ...item, entry });
    const options = { name: entry, ...entryAttributes(item) };
    return item.type === 'directory'
      ? { type: 'directory', ...options }
      : { type: 'symlink', target: item.target ?? Buffer.alloc(0), ...options };
  }

  #count(line: IndexItem): void {
    if (line.type === 'file') this.counts.files += 1;
    else if (line.type === 'directory') this.counts.directories += 1;
    else this.counts.symlinks += 1;
    this.counts.bytes += line.content?.size ?? 0;
    this.index.add(encodeIndexItem(line, this.#options.name));
  }

  readonly #onProblem = ({ path, reason }: ItemProblem): void => {
    const { problems, name } = this.#options;
    problems.add({ kind: 'storage', storage: name, path: printable(path), reason });
  };
}

function countFiles(run: readonly ListedItem[]): number {
  return run.reduce((sum, listed) => sum + ('unread' in listed ? 1 : 0), 0);
}

/** What the zip itself keeps of an item. */
function entryAttributes(item: ItemAttributes): EntryOptions {
  return { mode: item.mode, mtime: dateOf(item) };
}

function dateOf({ mtimeNs }: ItemAttributes): Date | undefined {
  return mtimeNs === undefined ? undefined : new Date(Number(mtimeNs / 1_000_000n));
}
