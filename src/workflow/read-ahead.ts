import type { EntryMethod } from '../archive/archive.ts';
import { chooseMethod, pack, SAMPLE_BYTES } from '../archive/compression.ts';
import type { OpenedFile, StorageItem, StorageSource } from '../storage/storage.ts';
import { readHead } from './read-head.ts';

/** A file up to so many bytes is read whole: its sizes and CRC then stand in front of it in the zip. */
const WHOLE_FILE_BYTES = 1 << 20;

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

interface Queued {
  readonly item: StorageItem;
  /** Null for what is no file, or is not opened ahead. */
  readonly begun: Promise<ReadFile> | null;
  /** In bytes. */
  readonly held: number;
}

/** The items of a listing in order. While one is worked on, files among the next ones are read as far as the source says. */
export async function* readAhead(
  items: AsyncIterable<StorageItem>,
  source: StorageSource,
): AsyncGenerator<ItemAtTurn, void, void> {
  const { readAhead: limits } = source;
  const queue: Queued[] = [];
  let held = 0;
  const next = async function* (): AsyncGenerator<ItemAtTurn, void, void> {
    const queued = queue.shift();
    if (queued === undefined) return;
    yield { item: queued.item, read: () => queued.begun ?? readFile(source, queued.item) };
    held -= queued.held;
  };
  try {
    for await (const item of items) {
      const holds = item.type === 'file' ? limits.holds(item.size) : null;
      while (queue.length > limits.files || (queue.length > 0 && held + (holds ?? 0) > limits.bytes))
        yield* next();
      const begun = holds === null ? null : readFile(source, item);
      // A failure is met when the file's turn comes.
      begun?.catch(() => {});
      held += holds ?? 0;
      queue.push({ item, begun, held: holds ?? 0 });
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

/** Opens a file and reads as much of it as is held in memory. @throws any error: this one file cannot be read */
export async function readFile(source: StorageSource, item: StorageItem): Promise<ReadFile> {
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
