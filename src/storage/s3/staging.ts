import type { Readable } from 'node:stream';
import type { Bucket } from '../../s3/bucket.ts';
import type { MultipartUpload, UploadedPart } from '../../s3/types.ts';
import type { StorageItem } from '../storage.ts';
import { InventoryWriter } from './inventory.ts';
import { attributesOf } from './object-attributes.ts';
import { PiecePool } from './piece-pool.ts';
import { PieceReader } from './piece-reader.ts';
import { requireThere } from './require-there.ts';
import type { Stage } from './stage.ts';
import { UnderWay } from './under-way.ts';

/** Requests that are under way at a time, and what they may hold: a large piece alone may hold more. */
const UPLOADS = 48;
const UPLOAD_BYTES = 24 * 2 ** 20;

const MIB = 2 ** 20;

/** Objects up to this size are sent in one request, larger ones in parts of it. */
const PIECE_BYTES = 8 * MIB;

export interface StagingOptions {
  readonly bucket: Bucket;
  readonly stage: Stage;
  readonly signal: AbortSignal;
}

/** Uploads what is restored under the prefix of the restore, many objects at a time, and keeps an inventory of it there. */
export class Staging {
  readonly #options: StagingOptions;
  readonly #inventory: InventoryWriter;
  readonly #underWay = new UnderWay(UPLOADS, UPLOAD_BYTES);
  readonly #pool = new PiecePool(PIECE_BYTES);
  #count = 0;
  #bytes = 0;

  constructor(options: StagingOptions) {
    this.#options = options;
    this.#inventory = new InventoryWriter(options.bucket, options.stage.restoredInventory);
  }

  /** Reads the content to its end. The last of its requests may still be under way then; their errors are thrown later. */
  async put(item: StorageItem, content: Readable): Promise<void> {
    using reader = new PieceReader(content);
    this.#options.signal.throwIfAborted();
    this.#count += 1;
    this.#bytes += item.size;
    await (item.size <= PIECE_BYTES ? this.#putWhole(item, reader) : this.#putParts(item, reader));
  }

  /** Waits for all uploads and looks whether what was sent is there. */
  async finish(): Promise<void> {
    await this.#underWay.settle();
    await this.#inventory.complete();
    const { bucket, stage } = this.#options;
    await requireThere(bucket, stage.restored, { count: this.#count, bytes: this.#bytes });
  }

  /** Waits until nothing is under way, whatever became of it. */
  async stop(): Promise<void> {
    await this.#underWay.settle().catch(() => {});
  }

  async #putWhole(item: StorageItem, content: PieceReader): Promise<void> {
    const number = this.#count;
    const { piece, release } = await this.#read(content, item.size);
    try {
      await content.end();
    } catch (error) {
      release();
      throw error;
    }
    void this.#underWay.start(async () => {
      const { bucket, stage, signal } = this.#options;
      const attributes = attributesOf(item);
      const { etag } = await bucket.put(stage.restored + number, piece, { attributes, signal });
      await this.#note(item, number, etag);
    }, release);
  }

  async #putParts(item: StorageItem, content: PieceReader): Promise<void> {
    const { bucket, stage, signal } = this.#options;
    const number = this.#count;
    const attributes = attributesOf(item);
    const upload = await bucket.beginUpload(stage.restored + number, { attributes, signal });
    const sent: Promise<UploadedPart>[] = [];
    try {
      const partBytes = partBytesFor(item.size, bucket.mostParts);
      for (let start = 0; start < item.size; start += partBytes) {
        const { piece, release } = await this.#read(content, Math.min(partBytes, item.size - start));
        const part = sent.length + 1;
        sent.push(this.#underWay.start(() => upload.sendPart(part, piece), release));
      }
      await content.end();
    } catch (error) {
      await abandon(upload, sent);
      throw error;
    }
    void this.#underWay.start(async () => {
      const { etag } = await upload.complete(await Promise.all(sent));
      await this.#note(item, number, etag);
    });
  }

  /** Waits for room and reads what comes next into it; `release` is called when it has been sent. */
  async #read(
    content: PieceReader,
    bytes: number,
  ): Promise<{ readonly piece: Buffer; readonly release: () => void }> {
    const giveBack = await this.#underWay.room(bytes);
    const piece = this.#pool.take(bytes);
    const release = (): void => {
      this.#pool.giveBack(piece);
      giveBack();
    };
    try {
      await content.fill(piece);
      return { piece, release };
    } catch (error) {
      release();
      throw error;
    }
  }

  async #note({ path, size }: StorageItem, number: number, etag: string): Promise<void> {
    await this.#inventory.add({ path: path.toString(), number, etag, size });
  }
}

/** What cannot be aborted now is found by whoever removes the restore's prefix. */
async function abandon(upload: MultipartUpload, sent: readonly Promise<unknown>[]): Promise<void> {
  await Promise.allSettled(sent);
  await upload.abort().catch(() => {});
}

/** All parts of an object but the last have the same size: some services (R2) take nothing else. */
function partBytesFor(size: number, mostParts: number): number {
  return Math.max(PIECE_BYTES, Math.ceil(size / mostParts / MIB) * MIB);
}
