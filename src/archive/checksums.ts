import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import { HoldfastError } from '../core/errors.ts';
import type { EntrySum } from './archive.ts';
import { readLines } from './byte-reader.ts';
import { NAME_LIMIT } from './entry-name.ts';
import { SUMS_NAME } from './layout.ts';

const LINE = /^([0-9a-f]{64}) {2}(.+)$/su;
/** 64 digits, two spaces, and the longest name. */
const LINE_LIMIT = 66 + NAME_LIMIT;

/** A line as `sha256sum` writes and checks it. */
export function encodeSum({ name, sha256 }: EntrySum): string {
  return `${sha256}  ${name}\n`;
}

/**
 * The lines of SHA256SUMS, in order.
 * @param sha256 what its bytes must hash to; checked after the last line
 * @throws HoldfastError `damaged`
 */
export async function* decodeSums(
  chunks: AsyncIterable<Uint8Array>,
  sha256: string,
): AsyncGenerator<EntrySum, void, void> {
  const hash = createHash('sha256');
  const fail = (line: number): HoldfastError =>
    new HoldfastError('damaged', `Line ${line} of ${SUMS_NAME} is not a SHA-256, two spaces and a name.`);
  let number = 0;
  for await (const line of readLines(chunks, LINE_LIMIT, fail)) {
    number++;
    hash.update(line).update('\n');
    const [, digest, name] = LINE.exec(line.toString()) ?? [];
    if (digest === undefined || name === undefined || !isUtf8(line)) throw fail(number);
    yield { name, sha256: digest };
  }
  if (hash.digest('hex') !== sha256) {
    throw new HoldfastError('damaged', `The SHA-256 of ${SUMS_NAME} is not the one in the manifest.`);
  }
}
