import { buffer } from 'node:stream/consumers';
import { HoldfastError } from '../../core/errors.ts';
import type { Bucket } from '../../s3/bucket.ts';
import type { MultipartUpload, UploadedPart } from '../../s3/types.ts';

/** Some services want all parts but the last to have the same size; none takes less than 5 MiB. */
const PART_BYTES = 8 * 2 ** 20;

/** How much is asked for at a time: what takes a line's work long never keeps a connection waiting. */
const RANGE_BYTES = 4 * 2 ** 20;

/** One object of an inventory. */
export interface InventoryLine {
  /** Its key behind the prefix that is restored into. */
  readonly path: string;
  /** Its number under the prefix of the restore. */
  readonly number: number;
  readonly etag: string;
  /** In bytes. */
  readonly size: number;
  /** The ETag of the copy that was put aside, which services may give anew; left out where nothing was. */
  readonly copy?: string;
}

/** Writes an inventory as JSON lines into an object, which is there as a whole once it is complete, and not before. */
export class InventoryWriter {
  readonly #bucket: Bucket;
  readonly #key: string;
  readonly #parts: UploadedPart[] = [];
  #upload: MultipartUpload | null = null;
  /**
   * Text, as long as there is not enough for a part: a Buffer of a line would be cut out of memory that Node shares between small
   * buffers, and keep all of that from being used again.
   */
  #lines: string[] = [];
  #rest: Buffer = Buffer.alloc(0);
  #bytes = 0;
  #sending: Promise<void> = Promise.resolve();

  constructor(bucket: Bucket, key: string) {
    this.#bucket = bucket;
    this.#key = key;
  }

  /** Resolves once there is room for the next one. */
  async add(line: InventoryLine): Promise<void> {
    const text = `${JSON.stringify(line)}\n`;
    this.#lines.push(text);
    this.#bytes += Buffer.byteLength(text);
    if (this.#bytes < PART_BYTES) return;
    const all = this.#take();
    this.#rest = all.subarray(PART_BYTES);
    this.#bytes = this.#rest.length;
    this.#sending = this.#sending.then(() => this.#send(all.subarray(0, PART_BYTES)));
    await this.#sending;
  }

  async complete(): Promise<void> {
    await this.#sending;
    const rest = this.#take();
    if (this.#upload === null) {
      await this.#bucket.put(this.#key, rest);
      return;
    }
    if (rest.length > 0) await this.#send(rest);
    await this.#upload.complete(this.#parts);
  }

  #take(): Buffer {
    const all = Buffer.concat([this.#rest, Buffer.from(this.#lines.join(''))]);
    this.#lines = [];
    this.#rest = Buffer.alloc(0);
    this.#bytes = 0;
    return all;
  }

  async #send(bytes: Buffer): Promise<void> {
    this.#upload ??= await this.#bucket.beginUpload(this.#key);
    this.#parts.push(await this.#upload.sendPart(this.#parts.length + 1, bytes));
  }
}

/**
 * The lines of an inventory, a range of it held at a time.
 * @throws HoldfastError `failed` for one that is not there, or makes no sense
 */
export async function* readInventory(bucket: Bucket, key: string): AsyncGenerator<InventoryLine, void, void> {
  const found = await bucket.head(key);
  if (found === null) {
    throw new HoldfastError('failed', `${bucket.urlOf(key)} is no longer there: somebody has removed it.`, {
      hint: 'A restore needs it to put back what was there. Look whether a version of it can be brought back.',
    });
  }
  let rest = Buffer.alloc(0);
  for (let start = 0; start < found.size; start += RANGE_BYTES) {
    const end = Math.min(start + RANGE_BYTES, found.size);
    const bytes = Buffer.concat([rest, await readRange(bucket, found, start, end)]);
    let line = 0;
    for (let next = bytes.indexOf(10); next !== -1; next = bytes.indexOf(10, line)) {
      yield decodeLine(bytes.toString('utf8', line, next), bucket.urlOf(key));
      line = next + 1;
    }
    rest = bytes.subarray(line);
  }
  if (rest.length > 0) throw unreadable(bucket.urlOf(key));
}

/** Bytes of an object, if it still is this one. */
export async function readRange(
  bucket: Bucket,
  { key, etag }: { readonly key: string; readonly etag: string },
  start: number,
  end: number,
): Promise<Buffer> {
  const { content } = await bucket.open(key, { range: { start, end }, etag });
  return buffer(content);
}

function decodeLine(text: string, url: string): InventoryLine {
  try {
    const line = JSON.parse(text) as unknown;
    if (isLine(line)) return line;
  } catch {
    // Said below.
  }
  throw unreadable(url);
}

function isLine(value: unknown): value is InventoryLine {
  if (typeof value !== 'object' || value === null) return false;
  const { path, number, etag, size, copy } = value as Record<keyof InventoryLine, unknown>;
  return (
    typeof path === 'string' &&
    Number.isSafeInteger(number) &&
    typeof etag === 'string' &&
    Number.isSafeInteger(size) &&
    (copy === undefined || typeof copy === 'string')
  );
}

function unreadable(url: string): HoldfastError {
  return new HoldfastError('failed', `${url} is not the inventory of a restore.`, {
    hint: 'Somebody has changed it. Look whether a version of it can be brought back.',
  });
}
