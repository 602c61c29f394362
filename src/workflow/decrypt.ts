import type { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { readRange } from '../core/byte-source.ts';
import { HoldfastError } from '../core/errors.ts';
import { printable } from '../core/printable.ts';
import type { Reporter } from '../core/reporter.ts';
import { sniffFormat } from '../crypt/format.ts';
import { openArchiveSink } from '../location/archive-sink.ts';
import { openArchiveSource } from '../location/archive-source.ts';
import { lineageOfArchive } from '../location/lineage.ts';
import { STANDARD, checkLocation } from '../location/location.ts';
import { openEncrypted } from './open-archive.ts';

export interface DecryptRequest {
  /** A path, that of an S3 object, or `-` for standard input. */
  readonly crypt: string;
  /** A path, that of an S3 object, or `-` for standard output. */
  readonly archive: string;
  readonly key: Buffer | undefined;
  readonly overwrite: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin: Readable;
  readonly stdout: Writable;
  readonly reporter: Reporter;
  readonly signal: AbortSignal;
}

export interface DecryptResult {
  readonly archive: string;
  /** Bytes of plaintext. */
  readonly bytes: number;
  readonly milliseconds: number;
}

/**
 * Writes a crypt's plaintext. A file appears under its name only when all of it is authentic; standard output gets
 * each segment once that segment is.
 */
export async function runDecrypt(request: DecryptRequest): Promise<DecryptResult> {
  const { reporter, signal, stdout, overwrite } = request;
  const started = Date.now();
  // Before standard input is read for a long time.
  checkLocation(request.archive);
  const resources = new AsyncDisposableStack();
  try {
    const crypt = await openArchiveSource(request.crypt, request);
    resources.defer(() => crypt.close());
    await refuseItself(request);
    const format = await sniffFormat(crypt);
    if (format === 'zip') {
      throw new HoldfastError('usage', `${crypt.name} is not encrypted: it is a zip already.`, {
        hint: 'Open it with any zip tool, or restore it as it is.',
      });
    }
    const plain = await openEncrypted(crypt, request.key);
    resources.defer(() => plain.close());
    // With a checksum, as one from before would say that the new file is damaged.
    const sink = await openArchiveSink(request.archive, {
      stdout,
      overwrite,
      checksum: true,
      contentType: 'application/zip',
      expectedSize: async () => ({ likely: plain.size, most: plain.size }),
      env: request.env,
      reporter,
      signal,
    });
    try {
      reporter.phase('decrypt', 'Decrypting', plain.size);
      plain.expect?.(0, plain.size);
      const counted = async function* (): AsyncGenerator<Buffer, void, void> {
        for await (const chunk of readRange(plain)) {
          reporter.progress(chunk.length);
          yield chunk;
        }
      };
      await pipeline(counted, sink.stream, { signal });
      await sink.commit();
    } catch (error) {
      await sink.abort();
      throw error;
    }
    return { archive: sink.name, bytes: plain.size, milliseconds: Date.now() - started };
  } finally {
    await resources.disposeAsync();
  }
}

/** @throws HoldfastError `usage` when the archive would take the place of the crypt it is made from */
async function refuseItself({ crypt, archive }: DecryptRequest): Promise<void> {
  if (crypt === STANDARD || archive === STANDARD) return;
  const [one] = await lineageOfArchive(crypt);
  const [other] = await lineageOfArchive(archive);
  if (one !== other) return;
  throw new HoldfastError('usage', `${printable(archive)} is the encrypted archive itself.`, {
    hint: 'Give the plain archive another name; the encrypted one stays as it is.',
  });
}
