import { Readable } from 'node:stream';
import { clauseOf, HoldfastError, messageOf } from '../../core/errors.ts';
import type { JournalRecord } from '../../core/journal-record.ts';
import { printable } from '../../core/printable.ts';
import type { Problem } from '../../core/problem.ts';
import { type Bucket, openBucket } from '../../s3/bucket.ts';
import { formatS3Location } from '../../s3/location.ts';
import type { JournalStore } from '../../core/journal-store.ts';
import type { Fitting, StorageItem, StorageSize, StorageTarget, StorageTargetOptions } from '../storage.ts';
import { firstContent, listContent } from './content.ts';
import { finishSwap } from './finish.ts';
import { s3Fitting } from './fitting.ts';
import { openS3JournalStore } from './journal-store.ts';
import { parsePlace, settlePlace } from './place.ts';
import { problemsOf } from './preflight.ts';
import { probe } from './probe.ts';
import { encodeRecord } from './record.ts';
import { removeBelow } from './removal.ts';
import { Stage } from './stage.ts';
import { Staging } from './staging.ts';
import { requireEmpty, swapIn } from './swap.ts';
import { COPY_PARTS, type SwapOptions } from './swap-options.ts';
import { undoSwap } from './undo.ts';

/** Opens the objects below a prefix for a restore into it. Nothing is asked of the service yet. */
export async function openS3Target(options: StorageTargetOptions): Promise<StorageTarget> {
  const place = await settlePlace(parsePlace(options.location));
  const { signal, reporter } = options;
  const bucket = await openBucket(place, { signal, reporter });
  // What was begun is put in order also after somebody has asked to stop.
  const steady = await openBucket(place, {
    signal: new AbortController().signal,
    reporter,
    copyParts: COPY_PARTS,
  });
  const name = formatS3Location(place);
  return new S3Target(options, name, bucket, steady, await openS3JournalStore(name, options));
}

class S3Target implements StorageTarget {
  readonly name: string;
  readonly journalStore: JournalStore;
  readonly #options: StorageTargetOptions;
  readonly #bucket: Bucket;
  readonly #stage: Stage;
  readonly #swap: SwapOptions;
  #staging: Staging | null = null;
  /** Whether final keys may hold something else than before. */
  #isSwapped = false;

  constructor(
    options: StorageTargetOptions,
    name: string,
    bucket: Bucket,
    steady: Bucket,
    journalStore: JournalStore,
  ) {
    const { token, replace, reporter } = options;
    this.name = name;
    this.journalStore = journalStore;
    this.#options = options;
    this.#bucket = bucket;
    this.#stage = new Stage(bucket.location.key, token);
    this.#swap = {
      bucket: steady,
      stage: this.#stage,
      name,
      replace,
      reporter,
      copyPartsAbove: COPY_PARTS.above,
    };
  }

  async isEmpty(): Promise<boolean> {
    return (await firstContent(this.#bucket, this.#stage.prefix)) === null;
  }

  async measure(): Promise<StorageSize> {
    let files = 0;
    let bytes = 0;
    for await (const { object } of listContent(this.#bucket, this.#stage.prefix)) {
      this.#options.signal.throwIfAborted();
      files += 1;
      bytes += object.size;
    }
    return { files, bytes };
  }

  /** A service does not tell how much room it has. */
  async volume(): Promise<string | null> {
    return null;
  }

  async preflight(_needs: StorageSize): Promise<Problem[]> {
    const { storage, reporter } = this.#options;
    const problems = await problemsOf(this.#bucket, this.#stage, reporter);
    return problems.map(({ message, hint }) => ({ message: `storage ${storage}: ${message}`, hint }));
  }

  /** Also of what was in S3: the keys of a longer prefix may be too long. */
  fitting(): Fitting {
    return s3Fitting(this.#stage.prefix);
  }

  async record(): Promise<JournalRecord> {
    const { token, replace } = this.#options;
    return encodeRecord({ target: this.name, token, replace });
  }

  async begin(): Promise<void> {
    const { signal } = this.#options;
    this.#staging = new Staging({ bucket: this.#bucket, stage: this.#stage, signal });
    await probe(this.#bucket, this.#stage);
  }

  async put(item: StorageItem, whole: Buffer | Readable | null): Promise<void> {
    const content = Buffer.isBuffer(whole) ? Readable.from([whole], { objectMode: false }) : whole;
    // Directories are in the keys of their files.
    if (item.type === 'directory') return;
    const misfit = this.fitting()(item);
    if (content === null || misfit?.isHeld === false) {
      content?.destroy();
      throw new HoldfastError('failed', `cannot restore ${printable(item.path)}: ${misfit?.reason}`, {
        hint: 'Leave it out of the restore.',
      });
    }
    if (this.#staging === null) throw new Error('put before begin');
    await this.#staging.put(item, content);
  }

  async finish(): Promise<void> {
    await this.#staging?.finish();
  }

  async swap(): Promise<void> {
    if (!this.#options.replace) await requireEmpty(this.#swap);
    this.#isSwapped = true;
    try {
      await swapIn(this.#swap);
    } catch (error) {
      await this.#undoFailed(error);
      throw error;
    }
  }

  async undo(): Promise<void> {
    if (!this.#isSwapped) return;
    await undoSwap(this.#swap);
    this.#isSwapped = false;
  }

  async drop(): Promise<void> {
    if (this.#isSwapped) await finishSwap(this.#swap);
  }

  async discard(): Promise<void> {
    const staging = this.#staging;
    if (staging === null || this.#isSwapped) return;
    await staging.stop();
    await removeBelow(this.#swap.bucket, this.#stage.root, this.#options.reporter);
    this.#staging = null;
  }

  /** What cannot be undone now can be tried again: by `undo`, or by a recovery. */
  async #undoFailed(error: unknown): Promise<void> {
    try {
      await this.undo();
    } catch (second) {
      throw new HoldfastError(
        'failed',
        `${clauseOf(error)}; and it could not be put back as it was: ${messageOf(second)}`,
        { cause: error },
      );
    }
  }
}
