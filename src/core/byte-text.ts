import { isUtf8 } from 'node:buffer';

/**
 * Text whose encoding nobody knows, as a string: what is UTF-8 reads as such, and each byte that is not stands as a lone
 * surrogate, U+DC80 for 0x80 to U+DCFF for 0xFF. `bytesOf` gives the same bytes back. JSON writes such a byte as `\udc80`.
 */
export function textOf(bytes: Uint8Array): string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (isUtf8(buffer)) return buffer.toString();
  let text = '';
  let start = 0;
  for (let position = 0; position < buffer.length;) {
    const lead = buffer[position]!;
    const length = sequenceLength(lead);
    if (length === 1 ? lead < 0x80 : isUtf8(buffer.subarray(position, position + length))) {
      position += length;
    } else {
      text += buffer.toString('utf8', start, position) + String.fromCharCode(0xdc00 + lead);
      position += 1;
      start = position;
    }
  }
  return text + buffer.toString('utf8', start);
}

/** The bytes of a text, in UTF-8 but for the surrogates that `textOf` makes. */
export function bytesOf(text: string): Buffer {
  if (text.isWellFormed()) return Buffer.from(text);
  const pieces = text.split(/([\udc80-\udcff]+)/u);
  return Buffer.concat(
    pieces.map((piece, index) =>
      index % 2 === 0
        ? Buffer.from(piece)
        : Buffer.from(Array.from(piece, (unit) => unit.charCodeAt(0) - 0xdc00)),
    ),
  );
}

/** How many bytes the UTF-8 sequence has that begins with `lead`; 1 where none does. */
function sequenceLength(lead: number): number {
  if (lead >= 0xf0) return 4;
  if (lead >= 0xe0) return 3;
  return lead >= 0xc0 ? 2 : 1;
}
