import type { Readable } from 'node:stream';
import type { ArchiveReader } from '../archive/archive.ts';
import { openArchive } from '../archive/reader.ts';
import type { ByteSource } from '../core/byte-source.ts';
import { HoldfastError } from '../core/errors.ts';
import type { Reporter } from '../core/reporter.ts';
import { sniffFormat } from '../crypt/format.ts';
import { openCrypt } from '../crypt/open-crypt.ts';
import { openArchiveSource } from '../location/archive-source.ts';

export interface ArchiveRequest {
  /** A path, that of an S3 object, or `-` for standard input. */
  readonly archive: string;
  /** Opens an encrypted archive; 32 bytes. */
  readonly key: Buffer | undefined;
  readonly stdin: Readable;
  readonly reporter: Reporter;
  readonly signal: AbortSignal;
}

export interface OpenedArchive {
  readonly archive: ArchiveReader;
  /** Bytes of the archive as it lies there. */
  readonly bytes: number;
  readonly encrypted: boolean;
}

/**
 * Opens an archive, encrypted or not, wherever it lies. What is opened is closed with `resources`.
 * @throws HoldfastError `key` when a key is needed or wrong, `damaged` for what is no archive
 */
export async function openArchiveAt(
  request: ArchiveRequest,
  resources: AsyncDisposableStack,
): Promise<OpenedArchive> {
  const stored = await openArchiveSource(request.archive, request);
  resources.defer(() => stored.close());
  const format = await sniffFormat(stored);
  const encrypted = format === 'tink' || format === 'sysreptor';
  if (!encrypted) return { archive: await openArchive(stored), bytes: stored.size, encrypted };
  const plain = await openEncrypted(stored, request.key);
  resources.defer(() => plain.close());
  return { archive: await openArchive(plain), bytes: stored.size, encrypted };
}

/** The plaintext of a crypt. @throws HoldfastError `key` when there is no key */
export async function openEncrypted(crypt: ByteSource, key: Buffer | undefined): Promise<ByteSource> {
  if (key === undefined) {
    throw new HoldfastError('key', `${crypt.name} is encrypted, and no key was given.`, {
      hint: 'Give --key-file PATH, or set HOLDFAST_KEY_FILE or HOLDFAST_KEY; --key - asks for it.',
    });
  }
  return openCrypt(crypt, key);
}
