import { extraBytes, NULL_VALUE, ProtocolError } from '../connection/wire/protocol.ts';
import { escapes, type LiteralForm } from './literals.ts';

const [comma, open, close, lineFeed, quote, backslash] = [0x2c, 0x28, 0x29, 0x0a, 0x27, 0x5c];
const nullText = Buffer.from('NULL');

/** What is shorter is copied sooner without a call. */
const SHORT_BYTES = 48;

/** The most bytes that the line of a row has besides two for each byte of its values. */
export function mostAround(forms: readonly LiteralForm[]): number {
  // A comma, and what stands around the value, or for none.
  const most = ({ open: before, close: behind, empty }: LiteralForm): number =>
    1 + Math.max(before.length + behind.length, empty.length, nullText.length);
  return forms.reduce((sum, form) => sum + most(form), '?()\n'.length);
}

/**
 * Writes a row, from a packet that lies from `start` to `end` of `buffer`, as a line of an INSERT, behind its mark: in one pass, for
 * it is done for every value of a backup. The block has room for `mostAround` and two bytes for each byte of the packet.
 * @returns where the line ends in the block
 * @throws ProtocolError when the packet is not what the columns ask for
 */
export function encodeRow(
  forms: readonly LiteralForm[],
  buffer: Buffer,
  start: number,
  end: number,
  block: Buffer,
  from: number,
): number {
  let position = start;
  let at = from;
  block[at++] = open;
  const columns = forms.length;
  for (let column = 0; column < columns; column += 1) {
    if (column > 0) block[at++] = comma;
    if (position >= end) throw unlike();
    const lead = buffer[position++]!;
    if (lead === NULL_VALUE) {
      at = write(nullText, block, at);
      continue;
    }
    let length = lead;
    if (lead > NULL_VALUE) {
      const extra = extraBytes(lead);
      if (position + extra > end) throw unlike();
      length = 0;
      for (let index = extra - 1; index >= 0; index -= 1) length = length * 256 + buffer[position + index]!;
      position += extra;
    }
    const next = position + length;
    if (next > end) throw unlike();
    const form = forms[column]!;
    if (!form.isEscaped) {
      while (position < next) block[at++] = buffer[position++]!;
      continue;
    }
    if (length === 0) {
      at = write(form.empty, block, at);
      continue;
    }
    if (form.open.length === 1) block[at++] = quote;
    else at = write(form.open, block, at);
    if (length < SHORT_BYTES) {
      while (position < next) {
        const byte = buffer[position++]!;
        const letter = escapes[byte]!;
        if (letter === 0) block[at++] = byte;
        else {
          block[at++] = backslash;
          block[at++] = letter;
        }
      }
    } else {
      at = writeLong(buffer, position, next, block, at);
      position = next;
    }
    block[at++] = quote;
  }
  if (position !== end) throw unlike();
  block[at++] = close;
  block[at++] = lineFeed;
  return at;
}

/** Copies runs of bytes that need no escape. */
function writeLong(buffer: Buffer, start: number, end: number, block: Buffer, from: number): number {
  let at = from;
  let position = start;
  for (;;) {
    const begin = position;
    while (position < end && escapes[buffer[position]!] === 0) position += 1;
    at = copyBytes(buffer, begin, position, block, at);
    if (position === end) return at;
    block[at++] = backslash;
    block[at++] = escapes[buffer[position++]!]!;
  }
}

/** Copies bytes; returns where in the target they end. */
export function copyBytes(source: Buffer, start: number, end: number, target: Buffer, from: number): number {
  if (end - start > SHORT_BYTES) return from + source.copy(target, from, start, end);
  let at = from;
  for (let position = start; position < end; position += 1) target[at++] = source[position]!;
  return at;
}

function write(text: Buffer, block: Buffer, from: number): number {
  let at = from;
  for (let index = 0; index < text.length; index += 1) block[at++] = text[index]!;
  return at;
}

function unlike(): ProtocolError {
  return new ProtocolError('a row does not have the values that were announced');
}
