import { Readable } from 'node:stream';
import { HoldfastError } from '../../core/errors.ts';
import type { Bucket } from '../../s3/bucket.ts';
import type { OpenedObject } from '../../s3/types.ts';

/** The state of an object that is read in several requests. */
export interface ObjectState {
  readonly key: string;
  readonly etag: string;
  /** In bytes. */
  readonly size: number;
}

export interface ObjectContentOptions {
  readonly bucket: Bucket;
  readonly object: ObjectState;
  /** Its first bytes. */
  readonly head: Buffer;
  /** How many bytes each further request asks for. */
  readonly rangeBytes: number;
  /** How many such requests are under way or held at a time. One connection alone does not use a fast line up. */
  readonly ranges: number;
  readonly signal: AbortSignal;
  /** Makes of what a request failed with what the reader of the content is to meet. */
  readonly explain: (error: unknown) => unknown;
}

/**
 * What is handed over at a time. Each step on the way to the archive may keep one until the next can take it, and none
 * should have to keep a whole range.
 */
const PIECE_BYTES = 2 ** 18;

/**
 * An object's content: what has been read of it, then the rest by several ranges at a time, all of one state (ETag).
 * The rest is not asked for before half of the first bytes have been taken. Holds at most `ranges` times `rangeBytes` and half
 * of one more.
 */
export class ObjectContent extends Readable {
  readonly #options: ObjectContentOptions;
  readonly #stop = new AbortController();
  readonly #onAbort: () => void;
  /** Of the next byte to ask for. */
  #position: number;
  readonly #underWay: Promise<Buffer>[] = [];
  /** What has come and is not handed over yet. */
  #rest: Buffer;

  constructor(options: ObjectContentOptions) {
    super({ highWaterMark: 1 });
    this.#options = options;
    this.#rest = options.head;
    this.#position = options.head.length;
    // Whoever reads it meets the reason; to destroy it here would be an error that nobody may listen for.
    this.#onAbort = () => this.#stop.abort(options.signal.reason);
    options.signal.addEventListener('abort', this.#onAbort, { once: true });
  }

  override _read(): void {
    this.#next().catch((error: unknown) => this.destroy(this.#options.explain(error) as Error));
  }

  override _destroy(error: Error | null, callback: (error: Error | null) => void): void {
    this.#options.signal.removeEventListener('abort', this.#onAbort);
    if (this.#underWay.length > 0) this.#stop.abort(error ?? undefined);
    callback(error);
  }

  async #next(): Promise<void> {
    this.#options.signal.throwIfAborted();
    if (this.#rest.length <= this.#options.rangeBytes / 2) this.#askAhead();
    if (this.#rest.length === 0) {
      const [range] = this.#underWay;
      if (range === undefined) {
        this.push(null);
        return;
      }
      this.#rest = await range;
      void this.#underWay.shift();
    }
    const piece = this.#rest.subarray(0, PIECE_BYTES);
    this.#rest = this.#rest.subarray(piece.length);
    this.push(piece);
  }

  #askAhead(): void {
    const { object, ranges, rangeBytes } = this.#options;
    while (this.#underWay.length < ranges && this.#position < object.size) {
      const end = Math.min(this.#position + rangeBytes, object.size);
      const range = this.#fetch(this.#position, end);
      // A failure is met when its turn comes.
      range.catch(() => undefined);
      this.#underWay.push(range);
      this.#position = end;
    }
  }

  async #fetch(start: number, end: number): Promise<Buffer> {
    const { bucket, object } = this.#options;
    const signal = this.#stop.signal;
    const opened = await bucket.open(object.key, { range: { start, end }, etag: object.etag, signal });
    return readExactly(opened, end - start);
  }
}

/**
 * The first `length` bytes that an opened object gives, which are all that were asked for.
 * @throws HoldfastError `failed` when there are fewer or more
 */
export async function readExactly({ content }: OpenedObject, length: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafeSlow(length);
  let read = 0;
  for await (const chunk of content as AsyncIterable<Buffer>) {
    read += chunk.length;
    if (read > length) break;
    chunk.copy(bytes, read - chunk.length);
  }
  if (read === length) return bytes;
  throw new HoldfastError(
    'failed',
    `gave ${read > length ? 'more than' : `${read} instead of`} ${length} bytes`,
  );
}
