import { isUtf8 } from 'node:buffer';
import { bytesOf } from '../core/byte-text.ts';

/**
 * One character of a path, or one byte of it that is not UTF-8. A name has it plain where that is safe; else each of
 * its bytes as `%` and two capital hex digits.
 */
export interface NameUnit {
  readonly bytes: Buffer;
  /** Empty for a byte that is not UTF-8. */
  readonly plain: string;
  readonly safe: boolean;
}

/** Control characters, what separates, and what Windows does not allow in a name. */
const UNSAFE_IN_NAME = /[\p{Cc}\\/<>:"|?*]/u;
const UNSAFE_IN_SCHEMA = /[\p{Cc}\\/<>:"|?*.]/u;
const UNSAFE_IN_TARGET = /[\p{Cc}\\<>:"|?*]/u;

/** Names that mean a device to Windows, in any case and with any extension. */
const DEVICE_NAME = /^(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9\u00b9\u00b2\u00b3]) *(\.|$)/i;

/** Most names: nothing in them is ever encoded, unless they are a device's. */
const PLAIN_NAME = /^[A-Za-z0-9_.-]*[A-Za-z0-9_-]$/;

/**
 * How long an entry's name may be, in bytes: what a path of 4,096 bytes, the longest that systems take, has with every byte
 * encoded, and its storage in front of it.
 */
export const NAME_LIMIT = 16_384;

/** How many segments it may have. What an object store takes as a key has at most 512. */
const SEGMENT_LIMIT = 520;

const PERCENT = 0x25;
const SLASH = Buffer.from('/');

export function isDeviceName(name: string): boolean {
  return DEVICE_NAME.test(name);
}

/** True for a segment that is spelled as it is, and in which folding changes no more than the case of ASCII. */
export function isPlainSegment(segment: string): boolean {
  return PLAIN_NAME.test(segment) && !isDeviceName(segment);
}

/** Whether an entry may have that name, as far as its length goes. */
export function isShortEnough(name: string): boolean {
  if (Buffer.byteLength(name) > NAME_LIMIT) return false;
  let slashes = 0;
  for (let at = name.indexOf('/'); at !== -1; at = name.indexOf('/', at + 1)) slashes++;
  return slashes < SEGMENT_LIMIT;
}

/** What two names have in common that a file system may take for one: NFC and lower case. */
export function foldName(name: string): string {
  return name.normalize('NFC').toLowerCase();
}

/** How `segment`, one segment of a path, is spelled in an entry name, before siblings are looked at. */
export function segmentUnits(segment: Buffer): NameUnit[] {
  return guardEnds(unitsOf(segment, UNSAFE_IN_NAME));
}

/** How `<schema>.<table>` is spelled: the first plain dot is the one between them. */
export function tableUnits(schema: string, table: string): NameUnit[] {
  return guardEnds([
    ...unitsOf(bytesOf(schema), UNSAFE_IN_SCHEMA),
    { bytes: Buffer.from('.'), plain: '.', safe: true },
    ...unitsOf(bytesOf(table), UNSAFE_IN_NAME),
  ]);
}

/** The content of a symlink's entry: where it points, encoded as names are, with its slashes and dots as they are. */
export function encodeLinkTarget(target: Buffer): string {
  return spell(unitsOf(target, UNSAFE_IN_TARGET));
}

/** The bytes that an encoded name, path or link target stands for. */
export function decodeName(name: string): Buffer {
  const bytes = Buffer.from(name);
  let length = 0;
  for (let position = 0; position < bytes.length; position++) {
    if (isEscape(bytes, position)) {
      bytes[length++] = Number.parseInt(bytes.toString('latin1', position + 1, position + 3), 16);
      position += 2;
    } else {
      bytes[length++] = bytes[position]!;
    }
  }
  return bytes.subarray(0, length);
}

/** The name that `units` spell with the first `encodedUnits` of them encoded whether they need it or not. */
export function spell(units: readonly NameUnit[], encodedUnits = 0): string {
  let name = '';
  for (const [index, unit] of units.entries()) {
    name += unit.safe && index >= encodedUnits ? unit.plain : encode(unit.bytes);
  }
  return name;
}

/**
 * The segments of a path that an entry name can have. An empty segment cannot be named, so the slash that ends it
 * belongs to the next segment, and that before an empty last one to the segment before: it is encoded there.
 */
export function splitPath(path: Buffer): Buffer[] {
  const segments: Buffer[] = [];
  let carried = Buffer.alloc(0);
  for (let start = 0; start <= path.length;) {
    const found = path.indexOf(SLASH, start);
    const end = found === -1 ? path.length : found;
    if (end > start) {
      segments.push(Buffer.concat([carried, path.subarray(start, end)]));
      carried = Buffer.alloc(0);
    } else if (found !== -1) {
      carried = Buffer.concat([carried, SLASH]);
    } else if (carried.length > 0) {
      segments.push(carried);
    } else {
      segments.push(Buffer.concat([segments.pop() ?? carried, SLASH]));
    }
    start = end + 1;
  }
  return segments;
}

function unitsOf(bytes: Buffer, unsafe: RegExp): NameUnit[] {
  const units: NameUnit[] = [];
  for (let position = 0; position < bytes.length;) {
    const character = bytes.subarray(position, position + sequenceLength(bytes[position]!));
    const valid = isUtf8(character);
    const plain = valid ? character.toString() : '';
    units.push({
      bytes: valid ? character : character.subarray(0, 1),
      plain,
      safe: valid && !unsafe.test(plain) && !isEscape(bytes, position),
    });
    position += valid ? character.length : 1;
  }
  return units;
}

/** What unzip takes for the version of a file, as VMS has it, and leaves out of its name. */
const FILE_VERSION = /;[0-9]*$/;

/** Encodes what is not portable at the ends of a segment: dots and spaces last, what looks like a version, a device's name, `.` and `..`. */
function guardEnds(units: NameUnit[]): NameUnit[] {
  const name = spell(units);
  if (isPlainSegment(name)) return units;
  const makeUnsafe = (index: number): void => {
    const unit = units.at(index);
    if (unit !== undefined) units.splice(index, 1, { ...unit, safe: false });
  };
  if (name === '..') makeUnsafe(0);
  if (/[. ]$/.test(name)) makeUnsafe(-1);
  const version = FILE_VERSION.exec(name)?.[0];
  if (version !== undefined) makeUnsafe(-version.length);
  if (isDeviceName(name)) makeUnsafe(0);
  return units;
}

function encode(bytes: Buffer): string {
  return bytes.toString('hex').toUpperCase().replace(/../g, '%$&');
}

/** How many bytes the UTF-8 sequence has that begins with `lead`; 1 where none does. */
function sequenceLength(lead: number): number {
  if (lead >= 0xf0) return 4;
  if (lead >= 0xe0) return 3;
  return lead >= 0xc0 ? 2 : 1;
}

/** Whether a `%` and two hex digits stand at `position`. */
function isEscape(bytes: Buffer, position: number): boolean {
  return (
    bytes[position] === PERCENT &&
    /^[0-9A-Fa-f]{2}$/.test(bytes.toString('latin1', position + 1, position + 3))
  );
}
