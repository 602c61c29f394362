import { EntryContentError, type AddedEntry, type ArchiveWriter } from '../archive/archive.ts';
import { EntryNamer } from '../archive/entry-namer.ts';
import { encodeAttributes } from '../archive/item-attributes.ts';
import { storageDirectory, storageIndexName } from '../archive/layout.ts';
import type { ManifestProblem, ManifestStorage } from '../archive/manifest.ts';
import { LineStore } from '../archive/line-store.ts';
import { encodeIndexItem, type IndexItem } from '../archive/storage-index.ts';
import { messageOf } from '../core/errors.ts';
import { printable } from '../core/printable.ts';
import type { Reporter } from '../core/reporter.ts';
import type { ItemAttributes } from '../core/item-attributes.ts';
import { type ItemProblem, LostStorage, type StorageItem, type StorageSource } from '../storage/storage.ts';
import { readAhead, type ItemAtTurn, type ReadFile } from './read-ahead.ts';

export interface FilesBackupOptions {
  readonly name: string;
  readonly kind: string;
  readonly source: StorageSource;
  readonly writer: ArchiveWriter;
  readonly reporter: Reporter;
  readonly signal: AbortSignal;
  /** Takes what could not be backed up, or not as one state. */
  readonly problems: ManifestProblem[];
}

/** Writes a storage's files and their index into the archive and returns what the manifest says of them. */
export async function backupFiles(options: FilesBackupOptions): Promise<ManifestStorage> {
  const { name, kind, source, writer, reporter, signal, problems } = options;
  reporter.phase('files', `Backing up files of ${name}`);
  const onProblem = ({ path, reason }: ItemProblem): void => {
    problems.push({ kind: 'storage', storage: name, path: printable(path), reason });
  };
  const namer = new EntryNamer(storageDirectory(name));
  const counts = { files: 0, directories: 0, symlinks: 0, bytes: 0 };
  const index = new LineStore();
  if (source.root !== null) await writer.addDirectory(storageDirectory(name), entryAttributes(source.root));
  for await (const { item, read } of readAhead(source.list(onProblem), source)) {
    signal.throwIfAborted();
    const entry = namer.name(item.path, item.type);
    let line: IndexItem;
    if (item.type === 'file') {
      const written = await addFile(item, read, entry, options, onProblem);
      if (written === null) continue;
      line = written;
      counts.files += 1;
      counts.bytes += written.content.size;
    } else if (item.type === 'directory') {
      await writer.addDirectory(entry, entryAttributes(item));
      line = { ...attributes(item), entry };
      counts.directories += 1;
    } else {
      await writer.addSymlink(entry, item.target ?? Buffer.alloc(0), entryAttributes(item));
      line = { ...attributes(item), entry };
      counts.symlinks += 1;
    }
    index.add(encodeIndexItem(line, name));
  }
  await writer.add(storageIndexName(name), index.chunks(), { method: 'deflate' });
  const root = source.root === null ? null : encodeAttributes(source.root);
  return { name, kind, location: source.name, root, ...counts };
}

type FileItem = IndexItem & { readonly content: AddedEntry };

/** Adds one file. A file that cannot be read is a problem and no failure: null when nothing of it was written. */
async function addFile(
  listed: StorageItem,
  readFile: ItemAtTurn['read'],
  entry: string,
  { writer, reporter, signal }: FilesBackupOptions,
  onProblem: (problem: ItemProblem) => void,
): Promise<FileItem | null> {
  let read: ReadFile;
  try {
    read = await readFile();
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof LostStorage) throw error;
    onProblem({ path: listed.path, reason: messageOf(error) });
    return null;
  }
  const { item } = read.file;
  let added: AddedEntry;
  let problem: string | null;
  try {
    added = await writer.add(entry, read.content, { ...read.packing, ...entryAttributes(item) });
    problem = await read.file.check();
  } catch (error) {
    if (!(error instanceof EntryContentError)) throw error;
    signal.throwIfAborted();
    if (error.cause instanceof LostStorage) throw error.cause;
    added = error.added;
    problem = messageOf(error.cause);
  }
  reporter.progress(added.size, printable(item.path));
  if (problem !== null) onProblem({ path: item.path, reason: problem });
  return { ...attributes(item), entry, content: added, ...(problem === null ? {} : { problem }) };
}

/** What the index keeps of an item. */
function attributes({ size: _size, ...kept }: StorageItem): Omit<IndexItem, 'entry'> {
  return kept;
}

/** What the zip itself keeps of an item. */
function entryAttributes(item: ItemAttributes): { mode?: number; mtime?: Date } {
  return {
    ...(item.mode === undefined ? {} : { mode: item.mode }),
    ...(item.mtimeNs === undefined ? {} : { mtime: new Date(Number(item.mtimeNs / 1_000_000n)) }),
  };
}
