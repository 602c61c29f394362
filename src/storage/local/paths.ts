import { HoldfastError } from '../../core/errors.ts';
import { printable } from '../../core/printable.ts';

/**
 * Inside this folder a path is a string with one character a byte (`latin1`): names may be any bytes, and such strings
 * are compact, concatenate and compare by bytes. Node's functions get it as the buffer of those bytes.
 */
export type BytePath = string;

export function toBytes(path: BytePath): Buffer {
  return Buffer.from(path, 'latin1');
}

export function fromBytes(bytes: Uint8Array): BytePath {
  return Buffer.from(bytes).toString('latin1');
}

/** The byte path of a path in Node's own spelling. */
export function fromText(path: string): BytePath {
  return fromBytes(Buffer.from(path, 'utf8'));
}

/**
 * The segments of an archived path.
 * @throws HoldfastError `damaged` for a path that does not lead from a directory to something below it
 */
export function segmentsOf(path: Buffer): string[] {
  const segments = fromBytes(path).split('/');
  if (segments.some(isUnsafe)) {
    throw new HoldfastError('damaged', `the archive holds a file with the unsafe path "${printable(path)}"`, {
      hint: 'It was not written by holdfast as it is. Do not restore from it.',
    });
  }
  return segments;
}

/** True for what is not the name of anything below the directory it stands for. */
export function isUnsafe(segment: string): boolean {
  if (segment === '' || segment === '.' || segment === '..' || segment.includes('\0')) return true;
  // There a backslash separates, a colon names a drive or a stream, and dots and spaces at the end are dropped.
  return process.platform === 'win32' && /[\\:]|[. ]$/.test(segment);
}
