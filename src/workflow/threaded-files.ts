import type { PackedContent } from '../archive/archive.ts';
import type { FileFacts, ItemProblem, ListedItem, StorageItem, ThreadedFiles } from '../storage/storage.ts';
import type { FileThreads } from './file-threads.ts';
import { FIELD_COUNT, FIELDS, NANOSECONDS, type ReadFilesReply } from './read-files-task.ts';

/** How many files are asked for at a time, at most and at first. */
const MOST_FILES = 128;
const FIRST_FILES = 16;

/** What a reply should have of content, so that none is cut short and has to be asked for again. */
const USUAL_BYTES = 512 * 1024;

/** What became of one that was listed. */
export type ThreadedItem =
  | { readonly item: StorageItem; readonly content?: PackedContent }
  | { readonly problem: ItemProblem };

/** Neighbours of a listing, some of which are files being read. */
interface Batch {
  readonly listed: readonly ListedItem[];
  readonly reply: Promise<ReadFilesReply> | null;
}

/**
 * What a storage holds, in its order, with the content of small files, which threads read ahead. A file without content has to
 * be opened. The contents that one run holds are gone when the next one is asked for.
 */
export async function* readThreaded(
  runs: AsyncIterable<readonly ListedItem[]>,
  files: ThreadedFiles,
  threads: FileThreads,
): AsyncGenerator<readonly ThreadedItem[], void, void> {
  const pace = new Pace();
  const queue: Batch[] = [];
  for await (const listed of batches(runs, pace)) {
    queue.push(begin(listed, threads));
    if (queue.length > threads.ahead) yield* settle(queue.shift()!, files, threads, pace);
  }
  for (const batch of queue) yield* settle(batch, files, threads, pace);
}

/** What was listed, without threads: nothing has content. */
export async function* lookAtListed(
  runs: AsyncIterable<readonly ListedItem[]>,
  files: ThreadedFiles,
  onProblem: (problem: ItemProblem) => void,
): AsyncGenerator<StorageItem, void, void> {
  for await (const run of runs) {
    for (const looked of await Promise.all(run.map((listed) => look(listed, files)))) {
      if (looked === null) continue;
      if ('item' in looked) yield looked.item;
      else onProblem(looked.problem);
    }
  }
}

async function look(listed: ListedItem, files: ThreadedFiles): Promise<ThreadedItem | null> {
  const looked = 'unread' in listed ? await files.look(listed.unread) : listed;
  if (looked !== null && 'unread' in looked) throw new Error('looked at, and still unread');
  return looked;
}

function begin(listed: readonly ListedItem[], threads: FileThreads): Batch {
  const paths = listed.flatMap((one) => ('unread' in one ? [one.unread] : []));
  return { listed, reply: paths.length === 0 ? null : threads.read(paths) };
}

/** What a batch gave, in as many runs as it took replies. */
async function* settle(
  batch: Batch,
  files: ThreadedFiles,
  threads: FileThreads,
  pace: Pace,
): AsyncGenerator<readonly ThreadedItem[], void, void> {
  for (let rest: Batch | null = batch; rest !== null;) {
    const listed: readonly ListedItem[] = rest.listed;
    const reply: ReadFilesReply | null = await rest.reply;
    const run: ThreadedItem[] = [];
    let file = 0;
    let taken = 0;
    for (; taken < listed.length; taken++) {
      const one = listed[taken]!;
      if (!('unread' in one)) {
        run.push(one);
        continue;
      }
      if (reply === null || file === reply.files) break;
      const read = fileOf(reply, file++, one.unread, files) ?? (await look(one, files));
      if (read !== null) run.push(read);
    }
    rest = taken === listed.length ? null : begin(listed.slice(taken), threads);
    yield run;
    if (reply === null) continue;
    pace.note(reply);
    threads.release(reply);
  }
}

/** A file that was read; null for one that was not. */
function fileOf(
  { numbers, digests, memory }: ReadFilesReply,
  file: number,
  path: string,
  files: ThreadedFiles,
): ThreadedItem | null {
  const at = file * FIELD_COUNT;
  const number = (field: number): number => numbers[at + field]!;
  if (number(FIELDS.isRead) === 0) return null;
  const facts: FileFacts = {
    size: number(FIELDS.size),
    mode: number(FIELDS.mode),
    uid: number(FIELDS.uid),
    gid: number(FIELDS.gid),
    mtimeNs: BigInt(number(FIELDS.mtimeSeconds)) * NANOSECONDS + BigInt(number(FIELDS.mtimeNanoseconds)),
  };
  const start = file === 0 ? 0 : numbers[at - FIELD_COUNT + FIELDS.end]!;
  const content: PackedContent = {
    method: number(FIELDS.isDeflated) === 1 ? 'deflate' : 'store',
    size: facts.size,
    sha256: digests[file]!,
    crc32: number(FIELDS.crc32),
    data: [Buffer.from(memory, start, number(FIELDS.end) - start)],
  };
  return { item: files.item(path, facts), content };
}

/** How many files make a reply of the usual size, by those that were read last. */
class Pace {
  files = FIRST_FILES;

  note({ files, numbers }: ReadFilesReply): void {
    const bytes = numbers[(files - 1) * FIELD_COUNT + FIELDS.end]!;
    const fitting = Math.floor((files * USUAL_BYTES) / Math.max(bytes, 1));
    this.files = Math.min(Math.max(fitting, 1), MOST_FILES);
  }
}

/** The same runs, cut and joined so that each has as many files as `pace` says. */
async function* batches(
  runs: AsyncIterable<readonly ListedItem[]>,
  pace: Pace,
): AsyncGenerator<readonly ListedItem[], void, void> {
  let batch: ListedItem[] = [];
  let files = 0;
  for await (const run of runs) {
    for (const one of run) {
      batch.push(one);
      if ('unread' in one) files++;
      if (files < pace.files && batch.length < 2 * MOST_FILES) continue;
      yield batch;
      batch = [];
      files = 0;
    }
  }
  if (batch.length > 0) yield batch;
}
