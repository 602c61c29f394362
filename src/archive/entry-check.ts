import { createHash } from 'node:crypto';
import { HoldfastError } from '../core/errors.ts';
import { release } from '../core/release.ts';
import type { ArchiveEntry, ArchiveReader, EntrySum } from './archive.ts';
import type { CheckThreads } from './check-threads.ts';
import { encodeLinkTarget } from './entry-name.ts';
import type { EntryRun } from './entry-runs.ts';
import { SUMS_NAME } from './layout.ts';
import { quoteName } from './quote-name.ts';
import type { IndexItem } from './storage-index.ts';
import { checkPart, type ExpectedPart, WHOLE_BYTES } from './unpack-part.ts';

/**
 * Looks at a file entry while it is checked. A Buffer is all of its content, and gone when the visit ends; a larger entry is a stream,
 * of which it may read all, a part, or nothing. Visits overlap.
 */
export type EntryVisitor = (
  entry: ArchiveEntry,
  content: Buffer | AsyncIterable<Buffer>,
) => Promise<void> | undefined;

/** The parts among the entries. */
export interface PartsToCheck {
  /** What an entry must be as a part; undefined for one that is none, or whose rows are not checked. */
  readonly find: (entry: ArchiveEntry) => ExpectedPart | undefined;
  /** As `Engine.rowMarks`. */
  readonly rowMarks: string | null;
}

/** What the entries of a run gave, up to the first that failed. */
export interface ReadRun {
  /** For each entry a file's SHA-256; a symlink's target as its entry has it, or null where it is not read. */
  readonly contents: readonly (string | null)[];
  /** It is met when the run's turn comes: what was before it may be wrong in another way. */
  readonly failure: { readonly error: unknown } | null;
}

/** Checks single entries of an archive. */
export class EntryCheck {
  readonly #archive: ArchiveReader;
  readonly #visit: EntryVisitor;
  readonly #signal: AbortSignal | undefined;
  readonly #parts: PartsToCheck;
  readonly #threads: CheckThreads;
  readonly #sums: AsyncGenerator<EntrySum, void, void>;

  constructor(
    archive: ArchiveReader,
    visit: EntryVisitor,
    signal: AbortSignal | undefined,
    parts: PartsToCheck,
    threads: CheckThreads,
  ) {
    this.#archive = archive;
    this.#visit = visit;
    this.#signal = signal;
    this.#parts = parts;
    this.#threads = threads;
    this.#sums = archive.sums();
  }

  fail(what: string): never {
    throw new HoldfastError('damaged', `${this.#archive.name} is damaged: ${what}.`);
  }

  /** Called for the runs in order, as SHA256SUMS has the files in the order of the zip. */
  async read(run: EntryRun): Promise<ReadRun> {
    const contents: (string | null)[] = [];
    try {
      if (run.isHeld) await this.#readHeld(run.entries, contents);
      else contents.push(await this.#readSingle(run));
    } catch (error) {
      return { contents, failure: { error } };
    }
    return { contents, failure: null };
  }

  /**
   * Checks an entry of a storage against its line of the index.
   * @param content as `read` gives it
   */
  item(entry: ArchiveEntry, content: string | null, item: IndexItem | null): void {
    const isSame =
      item !== null &&
      item.entry === entry.name &&
      item.type === entry.type &&
      (item.content === undefined || (item.content.size === entry.size && item.content.sha256 === content)) &&
      (item.target === undefined || content === null || encodeLinkTarget(item.target) === content);
    if (!isSame) this.fail(`its storage's index does not have ${quoteName(entry.name)} as it is`);
  }

  /** Checks that SHA256SUMS has nothing more. */
  async finish(): Promise<void> {
    const rest = await this.#sums.next();
    if (rest.done !== true)
      this.fail(`${SUMS_NAME} lists ${quoteName(rest.value.name)}, which it does not hold`);
  }

  async close(): Promise<void> {
    await this.#sums.return();
  }

  async #nextSum({ name }: ArchiveEntry): Promise<string> {
    const sum = await this.#sums.next();
    if (sum.done === true || sum.value.name !== name)
      return this.fail(`${SUMS_NAME} does not list ${quoteName(name)} where it stands in the zip`);
    return sum.value.sha256;
  }

  #compare({ name }: ArchiveEntry, sha256: string, sum: string): void {
    if (sha256 !== sum) this.fail(`the SHA-256 of ${quoteName(name)} is not the one in ${SUMS_NAME}`);
  }

  async #readSingle({ entries, isWanted }: EntryRun): Promise<string | null> {
    const entry = entries[0]!;
    if (entry.type !== 'file') return isWanted ? (await this.#whole(entry)).toString() : null;
    const sum = await this.#nextSum(entry);
    if (isWanted) this.#compare(entry, await this.#readLarge(entry), sum);
    return sum;
  }

  /** @param contents takes what the entries have, one after the other */
  async #readHeld(entries: readonly ArchiveEntry[], contents: (string | null)[]): Promise<void> {
    const sums = entries.map((entry) => this.#nextSum(entry));
    // The failure of one is met when its entry's turn comes.
    for (const sum of sums) sum.catch(() => undefined);
    const { rowMarks } = this.#parts;
    const expected = entries.map((entry) => this.#parts.find(entry) ?? null);
    const parts = expected.map((part) => (part !== null && part.bytes <= WHOLE_BYTES ? part : null));
    const held = await this.#archive.hold(entries);
    const { sound, damage } = await this.#threads.check({ held, parts, rowMarks });
    for (const [place, entry] of entries.entries()) {
      const sum = await (sums[place] as Promise<string>);
      const checked = sound[place];
      if (checked === undefined) throw damage as HoldfastError;
      const large = parts[place] === null ? expected[place] : null;
      if (large) await checkPart(checked.content, large, rowMarks);
      await this.#visit(entry, checked.content);
      this.#compare(entry, checked.sha256, sum);
      contents.push(sum);
    }
    for (const { content } of sound) release(content);
    release(held.block);
  }

  async #readLarge(entry: ArchiveEntry): Promise<string> {
    const sha256 = createHash('sha256');
    const hashed = async function* (archive: ArchiveReader): AsyncGenerator<Buffer, void, void> {
      for await (const chunk of archive.read(entry)) {
        sha256.update(chunk);
        yield chunk;
      }
    };
    const content = hashed(this.#archive);
    let isRead = false;
    // Without a `return`: whoever leaves it half-read does not end it.
    const next = (): Promise<IteratorResult<Buffer, void>> => {
      isRead = true;
      return content.next();
    };
    try {
      const chunks = { [Symbol.asyncIterator]: () => ({ next }) };
      const part = this.#parts.find(entry);
      if (part !== undefined) await checkPart(chunks, part, this.#parts.rowMarks);
      await this.#visit(entry, chunks);
      if (!isRead) return await this.#archive.digest(entry, this.#signal);
      for await (const _ of content) this.#signal?.throwIfAborted();
    } finally {
      await content.return();
    }
    return sha256.digest('hex');
  }

  async #whole(entry: ArchiveEntry): Promise<Buffer> {
    return (
      (await this.#archive.readWhole(entry)) ?? this.fail(`${quoteName(entry.name)} is too large a link`)
    );
  }
}
