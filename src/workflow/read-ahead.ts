import type { EntryMethod } from '../archive/archive.ts';
import { chooseMethod, pack, SAMPLE_BYTES } from '../archive/compression.ts';
import type { OpenedFile, StorageItem, StorageSource } from '../storage/storage.ts';
import { readHead } from './read-head.ts';

/** A file up to so many bytes is read whole: its sizes and CRC then stand in front of it in the zip. */
const WHOLE_FILE_BYTES = 1 << 20;

/** Files up to so many bytes are read ahead, so many of them: with small files it is the waiting that takes time. */
const AHEAD_BYTES = 64 * 1024;
const AHEAD_ITEMS = 16;

/** A file that is open, and read as far as it is held in memory. */
export interface ReadFile {
  readonly file: OpenedFile;
  /** All of its content. */
  readonly content: Buffer | AsyncIterable<Buffer>;
  readonly packing: { readonly method: EntryMethod; readonly deflated?: Buffer };
}

/** A listed item whose turn has come. */
export interface ItemAtTurn {
  readonly item: StorageItem;
  /** For a file. @throws any error: this one file cannot be read */
  readonly read: () => Promise<ReadFile>;
}

/** The items of a listing in order. While one is worked on, the small files among the next ones are read. */
export async function* readAhead(
  items: AsyncIterable<StorageItem>,
  source: StorageSource,
): AsyncGenerator<ItemAtTurn, void, void> {
  const queue: { readonly item: StorageItem; readonly begun: Promise<ReadFile> | null }[] = [];
  const next = (): ItemAtTurn[] =>
    queue.splice(0, 1).map(({ item, begun }) => ({ item, read: () => begun ?? readFile(source, item) }));
  try {
    for await (const item of items) {
      const begun = item.type === 'file' && item.size <= AHEAD_BYTES ? readFile(source, item) : null;
      // A failure is met when the file's turn comes.
      begun?.catch(() => {});
      queue.push({ item, begun });
      if (queue.length > AHEAD_ITEMS) yield* next();
    }
    while (queue.length > 0) yield* next();
  } finally {
    for (const { begun } of queue) {
      begun?.then(
        ({ file }) => file.content.destroy(),
        () => {},
      );
    }
  }
}

async function readFile(source: StorageSource, item: StorageItem): Promise<ReadFile> {
  const file = await source.open(item);
  try {
    const head = await readHead(
      file.content,
      item.size <= WHOLE_FILE_BYTES ? WHOLE_FILE_BYTES : SAMPLE_BYTES,
    );
    return head.rest === null
      ? { file, content: head.bytes, packing: await pack(head.bytes) }
      : { file, content: head.all(), packing: { method: await chooseMethod(head.bytes) } };
  } catch (error) {
    file.content.destroy();
    throw error;
  }
}
