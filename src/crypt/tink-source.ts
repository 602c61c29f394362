import { webcrypto } from 'node:crypto';
import { readExactly, type ByteSource } from '../core/byte-source.ts';
import { release } from '../core/release.ts';
import { damagedCrypt, wrongKey } from './crypt-errors.ts';
import { SegmentReader } from './segment-reader.ts';
import {
  HEADER_BYTES,
  TAG_BYTES,
  deriveSecret,
  locatePlaintext,
  plaintextBytes,
  segmentCount,
  segmentNonce,
  segmentRange,
} from './tink-format.ts';

const CIPHER = 'AES-GCM';

/** What opens the segments of one crypt. */
interface Opener {
  readonly key: webcrypto.CryptoKey;
  readonly noncePrefix: Buffer;
}

/**
 * The plaintext of a crypt in Tink's format. The first and the last segment are authenticated here, so that a
 * wrong key, a crypt that was cut and one that was extended are found at once; each other segment when it is
 * read.
 * @param key 32 bytes
 * @throws HoldfastError `key` when the first segment does not authenticate, `damaged` for any other fault
 */
export async function openTinkCrypt(source: ByteSource, key: Buffer): Promise<ByteSource> {
  if (source.size < HEADER_BYTES + TAG_BYTES) {
    throw damagedCrypt(
      source.name,
      `it has ${source.size} bytes, fewer than an empty one (${HEADER_BYTES + TAG_BYTES})`,
    );
  }
  const { key: derived, noncePrefix } = deriveSecret(key, await readExactly(source, 0, HEADER_BYTES));
  const opener: Opener = {
    key: await webcrypto.subtle.importKey('raw', new Uint8Array(derived), CIPHER, false, ['decrypt']),
    noncePrefix,
  };
  const load = (segment: number): Promise<Buffer> => loadSegment(source, opener, segment);
  await load(0);
  await load(segmentCount(source.size) - 1);
  return new SegmentReader({
    name: source.name,
    size: plaintextBytes(source.size),
    locate: locatePlaintext,
    load,
    expect: (first, end) =>
      source.expect?.(segmentRange(first, source.size).start, segmentRange(end - 1, source.size).end),
    close: () => source.close(),
  });
}

async function loadSegment(source: ByteSource, opener: Opener, segment: number): Promise<Buffer> {
  const last = segment === segmentCount(source.size) - 1;
  const { start, end } = segmentRange(segment, source.size);
  if (end - start < TAG_BYTES) {
    throw damagedCrypt(
      source.name,
      `it was cut off or extended; segment ${segment}, at byte ${start}, is too short`,
    );
  }
  const sealed = await readExactly(source, start, end - start);
  try {
    return await unseal(opener, segment, last, sealed);
  } catch (cause) {
    if (await authenticates(opener, segment, !last, sealed)) {
      const what = last
        ? `it was cut off; segment ${segment}, at byte ${start}, is not its last`
        : `bytes were added; segment ${segment}, at byte ${start}, is its last and ends at byte ${end}`;
      throw damagedCrypt(source.name, what, cause);
    }
    if (segment === 0) throw wrongKey(source.name, 'its beginning', cause);
    throw damagedCrypt(
      source.name,
      `segment ${segment}, bytes ${start} to ${end - 1}, is not authentic`,
      cause,
    );
  } finally {
    release(sealed);
  }
}

/** Decrypts one segment, on the thread pool; throws when it does not authenticate as that segment. */
async function unseal(
  { key, noncePrefix }: Opener,
  segment: number,
  last: boolean,
  sealed: Buffer<ArrayBuffer>,
): Promise<Buffer> {
  const iv = new Uint8Array(segmentNonce(noncePrefix, segment, last));
  return Buffer.from(
    await webcrypto.subtle.decrypt({ name: CIPHER, iv, tagLength: 8 * TAG_BYTES }, key, sealed),
  );
}

async function authenticates(
  opener: Opener,
  segment: number,
  last: boolean,
  sealed: Buffer<ArrayBuffer>,
): Promise<boolean> {
  try {
    await unseal(opener, segment, last, sealed);
    return true;
  } catch {
    return false;
  }
}
