import { createHash, hash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { HoldfastError } from '../core/errors.ts';
import type { AddedEntry, ArchiveFacts, ArchiveWriter, EntryOptions, FileOptions } from './archive.ts';
import { EntryContentError } from './archive.ts';
import { encodeSum } from './checksums.ts';
import { deflate } from './compression.ts';
import { encodeLinkTarget, isShortEnough } from './entry-name.ts';
import { MANIFEST_NAME, SUMS_NAME } from './layout.ts';
import { LineStore } from './line-store.ts';
import { encodeManifest } from './manifest-writer.ts';
import type { Manifest } from './manifest.ts';
import type { ZipEntry } from './zip-output.ts';
import { ENTRY_LIMIT } from './zip-end.ts';
import { ZipOutput } from './zip-output.ts';

const FILE_MODE = 0o644;
const DIRECTORY_MODE = 0o755;
const SYMLINK_MODE = 0o777;

/**
 * Starts an archive on `output`, which `finish` ends. Content goes through at the pace at which `output` takes it.
 */
export function createArchiveWriter(output: Writable): ArchiveWriter {
  return new ZipArchiveWriter(output);
}

class ZipArchiveWriter implements ArchiveWriter {
  readonly #zip = new ZipOutput();
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
    this.#written = pipeline(this.#zip, output);
    this.#written.catch((error: unknown) => this.#fail(error));
  }

  add(name: string, content: Buffer | AsyncIterable<Uint8Array>, options: FileOptions): Promise<AddedEntry> {
    // While it waits for its turn nobody else listens.
    if (content instanceof Readable) content.on('error', () => undefined);
    return this.#inTurn(async () => {
      const entry = {
        name,
        store: options.method === 'store',
        mode: options.mode ?? FILE_MODE,
        date: options.mtime,
      };
      if (Buffer.isBuffer(content)) {
        const added = { size: content.length, sha256: hash('sha256', content) };
        await this.#putWhole(content, entry, options);
        this.#note(name, added);
        return added;
      }
      const { failure, ...added } = await this.#stream(content, entry);
      this.#note(name, added);
      if (failure !== null) throw new EntryContentError(name, added, failure.cause);
      return added;
    }).finally(() => closeContent(content));
  }

  async addDirectory(name: string, options: EntryOptions = {}): Promise<void> {
    const mode = options.mode ?? DIRECTORY_MODE;
    const entry: ZipEntry = { name: `${name}/`, type: 'directory', mode, date: options.mtime };
    await this.#inTurn(() => this.#put(Buffer.alloc(0), entry));
  }

  async addSymlink(name: string, target: Buffer, options: EntryOptions = {}): Promise<void> {
    const linkname = encodeLinkTarget(target);
    const mode = options.mode ?? SYMLINK_MODE;
    const entry: ZipEntry = { name, type: 'symlink', linkname, mode, date: options.mtime };
    await this.#inTurn(() => this.#put(Buffer.from(linkname), entry));
  }

  async finish(makeManifest: (facts: ArchiveFacts) => Manifest): Promise<void> {
    await this.#inTurn(async () => {
      const entries = this.#sums.lines;
      const { sha256: sums } = await this.#stream(this.#sums.chunks(), { name: SUMS_NAME, mode: FILE_MODE });
      const manifest = encodeManifest(makeManifest({ entries, sums }));
      await this.#putWhole(manifest, { name: MANIFEST_NAME, mode: FILE_MODE }, { method: 'deflate' });
      this.#zip.finish();
      await this.#written;
      this.#failure = { error: new HoldfastError('failed', 'The archive is finished.') };
    });
  }

  abort(reason: Error): void {
    if (this.#failure !== null) return;
    this.#fail(reason);
    this.#zip.destroy(reason);
  }

  /** Writes an entry from a stream; a failure of `content` ends the entry and is returned. */
  async #stream(
    content: AsyncIterable<Uint8Array>,
    entry: ZipEntry,
  ): Promise<AddedEntry & { failure: { readonly cause: unknown } | null }> {
    const measured = new MeasuredContent(content);
    const source = Readable.from(measured.chunks(), { objectMode: false });
    try {
      await this.#put(source, entry);
    } finally {
      source.destroy();
    }
    return measured.result();
  }

  /** Writes an entry that is held whole: its sizes and CRC go before it. */
  async #putWhole(content: Buffer, entry: ZipEntry, { method, deflated }: FileOptions): Promise<void> {
    if (method === 'store' || content.length === 0) return this.#put(content, { ...entry, store: true });
    await this.#put(deflated ?? (await deflate(content)), { ...entry, store: true }, content);
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

  /** Writes one entry and waits until the output has room for the next. */
  async #put(source: Buffer | Readable, entry: ZipEntry, original: Buffer | null = null): Promise<void> {
    if (++this.#entries > ENTRY_LIMIT) {
      throw new HoldfastError('failed', `An archive cannot have more than ${ENTRY_LIMIT} entries.`, {
        hint: 'Back up each storage by itself, or parts of it with --exclude.',
      });
    }
    if (!isShortEnough(entry.name)) {
      throw new HoldfastError('failed', `The name ${entry.name.slice(0, 200)}… is too long for an archive.`);
    }
    await this.#wait((done) => this.#zip.put(source, entry, original, done));
    // archiver goes on as soon as an entry is in its buffers. What it could not pass on yet flows at the next turn.
    if (!this.#zip.hasPassedOn()) return;
    do await this.#wait((done) => setImmediate(done));
    while (this.#zip.writableNeedDrain && (await this.#wait((done) => this.#zip.once('drain', done)), true));
  }

  /** Waits until `start` calls back, or the output fails. */
  async #wait(start: (done: () => void) => void): Promise<void> {
    if (this.#failure !== null) throw this.#failure.error;
    await new Promise<void>((resolve, reject) => {
      this.#rejectWait = reject;
      start(resolve);
    });
    this.#rejectWait = null;
  }

  #fail(error: unknown): void {
    this.#failure ??= { error };
    this.#rejectWait?.(this.#failure.error);
  }
}

/** Counts and hashes what comes through, and ends where `content` fails. */
class MeasuredContent {
  readonly #content: AsyncIterable<Uint8Array>;
  readonly #hash = createHash('sha256');
  #size = 0;
  #failure: { readonly cause: unknown } | null = null;

  constructor(content: AsyncIterable<Uint8Array>) {
    this.#content = content;
  }

  async *chunks(): AsyncGenerator<Uint8Array, void, void> {
    try {
      for await (const chunk of this.#content) {
        this.#hash.update(chunk);
        this.#size += chunk.length;
        yield chunk;
      }
    } catch (cause) {
      this.#failure = { cause };
    }
  }

  result(): AddedEntry & { failure: { readonly cause: unknown } | null } {
    return { size: this.#size, sha256: this.#hash.digest('hex'), failure: this.#failure };
  }
}

/** Closes what was handed over and may not have been read to its end. */
function closeContent(content: Buffer | AsyncIterable<Uint8Array>): void {
  if (content instanceof Readable) content.destroy();
  else if (!Buffer.isBuffer(content)) void content[Symbol.asyncIterator]().return?.();
}
