import { createHash, hash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { crc32 } from 'node:zlib';
import { HoldfastError } from '../core/errors.ts';
import type {
  AddedEntry,
  ArchiveFacts,
  ArchiveWriter,
  EntryOptions,
  FileOptions,
  PackedContent,
  PackedEntry,
} from './archive.ts';
import { EntryContentError } from './archive.ts';
import { encodeSum } from './checksums.ts';
import { deflate, deflateStream } from './compression.ts';
import { encodeLinkTarget, isShortEnough } from './entry-name.ts';
import { MANIFEST_NAME, SUMS_NAME } from './layout.ts';
import { LineStore } from './line-store.ts';
import { encodeManifest } from './manifest-writer.ts';
import type { Manifest } from './manifest.ts';
import { ENTRY_LIMIT } from './zip-end.ts';
import { ZipOutput } from './zip-output.ts';
import { METHODS, type ZipEntry } from './zip-records.ts';

/** The types of Unix, and the permissions of what comes without. */
const TYPES = {
  file: { bits: 0o100_000, mode: 0o644 },
  directory: { bits: 0o040_000, mode: 0o755 },
  symlink: { bits: 0o120_000, mode: 0o777 },
};

const PERMISSIONS = 0o7777;

/** The content failed; what came before is in the entry. */
type Failure = { readonly cause: unknown };

/**
 * Starts an archive on `output`, which `finish` ends. Content goes through at the pace at which `output` takes it.
 * @param output has no more need of a chunk when it calls back: its memory is used again
 */
export function createArchiveWriter(output: Writable): ArchiveWriter {
  return new ZipArchiveWriter(output);
}

class ZipArchiveWriter implements ArchiveWriter {
  readonly #output: Writable;
  readonly #zip: ZipOutput;
  /** Settles when the output has taken everything, or failed. */
  readonly #written: Promise<void>;
  /** Why nothing more can be written. */
  #failure: { readonly error: unknown } | null = null;
  /** Rejects what the running call waits for. */
  #rejectWait: ((error: unknown) => void) | null = null;
  /** The calls so far: each begins when the one before has ended. */
  #turn: Promise<unknown> = Promise.resolve();
  readonly #sums = new LineStore();
  #entries = 0;

  constructor(output: Writable) {
    this.#output = output;
    this.#zip = new ZipOutput((bytes, release) => void (this.#failure ?? output.write(bytes, release)));
    this.#written = finished(output, { readable: false });
    this.#written.catch((error: unknown) => this.#fail(error));
  }

  add(name: string, content: Buffer | AsyncIterable<Uint8Array>, options: FileOptions): Promise<AddedEntry> {
    // While it waits for its turn nobody else listens.
    if (content instanceof Readable) content.on('error', () => undefined);
    return this.#inTurn(async () => {
      if (Buffer.isBuffer(content)) {
        const packed = await packWhole(content, options);
        await this.#put({ ...options, name, type: 'file', content: packed }, options.isBorrowed);
        return { size: packed.size, sha256: packed.sha256 };
      }
      const { failure, ...added } = await this.#stream(name, content, options);
      if (failure !== null) throw new EntryContentError(name, added, failure.cause);
      return added;
    }).finally(() => closeContent(content));
  }

  async addAll(entries: readonly PackedEntry[]): Promise<void> {
    await this.#inTurn(async () => {
      for (const entry of entries) {
        this.#putNow(entry, true);
        if (this.#output.writableNeedDrain) await this.#drain();
      }
    });
  }

  async addDirectory(name: string, options: EntryOptions = {}): Promise<void> {
    await this.#inTurn(() => this.#put({ ...options, name, type: 'directory' }));
  }

  async addSymlink(name: string, target: Buffer, options: EntryOptions = {}): Promise<void> {
    await this.#inTurn(() => this.#put({ ...options, name, type: 'symlink', target }));
  }

  async finish(makeManifest: (facts: ArchiveFacts) => Manifest): Promise<void> {
    await this.#inTurn(async () => {
      const entries = this.#sums.lines;
      const sums = await this.#sums.content();
      await this.#put({ name: SUMS_NAME, type: 'file', content: sums });
      const manifest = encodeManifest(makeManifest({ entries, sums: sums.sha256 }));
      const content = await packWhole(manifest, { method: 'deflate' });
      await this.#put({ name: MANIFEST_NAME, type: 'file', content });
      this.#zip.finish();
      this.#output.end();
      await this.#written;
      this.#failure = { error: new HoldfastError('failed', 'The archive is finished.') };
    });
  }

  abort(reason: Error): void {
    if (this.#failure !== null) return;
    this.#fail(reason);
    this.#output.destroy(reason);
  }

  async #put(entry: PackedEntry, isBorrowed = false): Promise<void> {
    this.#putNow(entry, isBorrowed);
    if (this.#output.writableNeedDrain) await this.#drain();
  }

  #putNow(entry: PackedEntry, isBorrowed: boolean): void {
    if (this.#failure !== null) throw this.#failure.error;
    if (entry.type === 'file') {
      const { content } = entry;
      const compressedSize = content.data.reduce((sum, { length }) => sum + length, 0);
      const zipEntry = this.#begin(entry, content.method);
      this.#zip.add(zipEntry, { ...content, compressedSize }, content.data, isBorrowed);
      this.#note(entry.name, content);
      return;
    }
    const data = entry.type === 'symlink' ? Buffer.from(encodeLinkTarget(entry.target)) : Buffer.alloc(0);
    const content = { size: data.length, compressedSize: data.length, crc32: crc32(data) };
    this.#zip.add(this.#begin(entry, 'store'), content, [data], false);
  }

  /** Writes an entry from a stream; a failure of `content` ends the entry and is returned. */
  async #stream(
    name: string,
    content: AsyncIterable<Uint8Array>,
    options: FileOptions,
  ): Promise<AddedEntry & { failure: Failure | null }> {
    const measured = new MeasuredContent(content);
    const chunks = options.method === 'store' ? measured.chunks() : deflateStream(measured.chunks());
    let compressedSize = 0;
    this.#zip.begin(this.#begin({ ...options, name, type: 'file' }, options.method));
    try {
      for (;;) {
        const next = await this.#wait(chunks.next());
        if (next.done === true) break;
        compressedSize += next.value.length;
        this.#zip.write(next.value);
        if (this.#output.writableNeedDrain) await this.#drain();
      }
    } finally {
      // It may hang in what it waits for, and is told all the same.
      void chunks.return();
    }
    const { failure, crc, ...added } = measured.result();
    this.#zip.end({ size: added.size, crc32: crc, compressedSize });
    this.#note(name, added);
    return { ...added, failure };
  }

  /** What the zip says of an entry that may be written. */
  #begin(
    { name, type, mode, mtime }: EntryOptions & Pick<PackedEntry, 'name' | 'type'>,
    method: keyof typeof METHODS,
  ): ZipEntry {
    if (++this.#entries > ENTRY_LIMIT) {
      throw new HoldfastError('failed', `An archive cannot have more than ${ENTRY_LIMIT} entries.`, {
        hint: 'Back up each storage by itself, or parts of it with --exclude.',
      });
    }
    if (!isShortEnough(name)) {
      throw new HoldfastError('failed', `The name ${name.slice(0, 200)}… is too long for an archive.`);
    }
    return {
      name: type === 'directory' ? `${name}/` : name,
      mode: TYPES[type].bits | ((mode ?? TYPES[type].mode) & PERMISSIONS),
      mtime,
      method: METHODS[method],
    };
  }

  #note(name: string, { sha256 }: AddedEntry): void {
    this.#sums.add(encodeSum({ name, sha256 }));
  }

  /** Runs `call` after all calls before it. */
  #inTurn<T>(call: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(() => {
      if (this.#failure !== null) throw this.#failure.error;
      return call();
    });
    this.#turn = result.catch(() => undefined);
    return result;
  }

  /** Waits until the output has room for more. */
  async #drain(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#output.once('drain', resolve);
    await this.#wait(promise);
  }

  /** Waits for `promise`, or until the output fails. */
  async #wait<T>(promise: Promise<T>): Promise<T> {
    if (this.#failure !== null) throw this.#failure.error;
    const result = await new Promise<T>((resolve, reject) => {
      this.#rejectWait = reject;
      promise.then(resolve, reject);
    });
    this.#rejectWait = null;
    return result;
  }

  #fail(error: unknown): void {
    this.#failure ??= { error };
    this.#rejectWait?.(this.#failure.error);
  }
}

/** Content that is held whole, as it goes into the zip. */
async function packWhole(content: Buffer, { method, deflated }: FileOptions): Promise<PackedContent> {
  const isStored = method === 'store' || content.length === 0;
  return {
    method: isStored ? 'store' : 'deflate',
    size: content.length,
    sha256: hash('sha256', content),
    crc32: crc32(content),
    data: [isStored ? content : (deflated ?? (await deflate(content)))],
  };
}

/** Counts and hashes what comes through, and ends where `content` fails. */
class MeasuredContent {
  readonly #content: AsyncIterable<Uint8Array>;
  readonly #hash = createHash('sha256');
  #crc = 0;
  #size = 0;
  #failure: Failure | null = null;

  constructor(content: AsyncIterable<Uint8Array>) {
    this.#content = content;
  }

  async *chunks(): AsyncGenerator<Buffer, void, void> {
    try {
      for await (const chunk of this.#content) {
        this.#hash.update(chunk);
        this.#crc = crc32(chunk, this.#crc);
        this.#size += chunk.length;
        yield Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
      }
    } catch (cause) {
      this.#failure = { cause };
    }
  }

  result(): AddedEntry & { crc: number; failure: Failure | null } {
    return {
      size: this.#size,
      sha256: this.#hash.digest('hex'),
      crc: this.#crc,
      failure: this.#failure,
    };
  }
}

/** Closes what was handed over and may not have been read to its end. */
function closeContent(content: Buffer | AsyncIterable<Uint8Array>): void {
  if (content instanceof Readable) content.destroy();
  else if (!Buffer.isBuffer(content)) void content[Symbol.asyncIterator]().return?.();
}
