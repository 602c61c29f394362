import { describe, expect, it } from 'vitest';
import type { Literal } from '../../../../src/database/mysql/columns.ts';
import { introducedForms, literalForms } from '../../../../src/database/mysql/source/literals.ts';
import { cutParts } from '../../../../src/database/mysql/source/cut-parts.ts';
import { RowText } from '../../../../src/database/mysql/source/row-text.ts';
import { Random } from '../../../support/random.ts';

const HEAD = Buffer.from('INSERT INTO `t` (`a`,`b`,`c`,`d`) VALUES\n');
const KINDS: readonly Literal[] = ['bare', 'bytes', 'utf8', 'enum'];
type Value = Buffer | null;

/** A row as the server's text protocol has it. */
function packetOf(row: readonly Value[]): Buffer {
  return Buffer.concat(
    row.flatMap((value) => (value === null ? [Buffer.of(0xfb)] : [lengthOf(value.length), value])),
  );
}

function lengthOf(length: number): Buffer {
  if (length < 251) return Buffer.of(length);
  const buffer = Buffer.alloc(length < 0x1_0000 ? 3 : 4);
  buffer[0] = buffer.length === 3 ? 0xfc : 0xfd;
  buffer.writeUIntLE(length, 1, buffer.length - 1);
  return buffer;
}

/** Hands rows on value by value. */
function slowly(text: RowText, row: readonly Value[]): void {
  row.forEach((value, column) =>
    value === null ? text.null(column) : text.bytes(column, value, 0, value.length, true),
  );
  text.end();
}

/** Hands rows on whole, as far as they are taken so, from memory that is used again. */
function fast(text: RowText, row: readonly Value[]): void {
  const packet = packetOf(row);
  const shared = Buffer.concat([Buffer.from('before'), packet, Buffer.from('\xfb\xfb behind', 'latin1')]);
  if (!text.row(shared, 6, 6 + packet.length)) slowly(text, row);
  shared.fill(0x3f);
}

interface Read {
  readonly parts: readonly string[];
  readonly rows: readonly number[];
  readonly largest: number;
}

/** @param roomBytes into buffers of how many bytes; none: in chunks */
async function read(
  rows: readonly (readonly Value[])[],
  put: (text: RowText, row: readonly Value[], index: number) => void,
  { forms = literalForms, roomBytes = 0 } = {},
): Promise<Read> {
  const text = new RowText(
    HEAD,
    KINDS.map((kind) => forms[kind]),
    1_500_000,
  );
  let index = 0;
  // Many rows lie in what is read at a time.
  const advance = async (): Promise<boolean> => {
    const begin = index;
    for (; index < rows.length && index < begin + 100; index += 1) put(text, rows[index]!, index);
    return index > begin;
  };
  // Chunks are kept to the end.
  const parts: Buffer[][] = [];
  const counts: number[] = [];
  for await (const part of cutParts(advance, text)) {
    const chunks: Buffer[] = [];
    const room = Buffer.alloc(roomBytes);
    for (let filled = roomBytes; roomBytes > 0 && filled === roomBytes;) {
      filled = await part.fill!(room);
      chunks.push(Buffer.from(room.subarray(0, filled)));
      // A large part is read on in chunks; so is every other one here.
      if (parts.length % 2 === 0) break;
    }
    for await (const chunk of part.chunks) chunks.push(chunk);
    parts.push(chunks);
    counts.push(part.rows());
  }
  const texts = parts.map((chunks) => Buffer.concat(chunks).toString('latin1'));
  return { parts: texts, rows: counts, largest: text.largestStatement };
}

const random = new Random(20261123);
const hostile = Buffer.from("'\\\0\n\r\x1a;),(\xff\xc3\x27\xfb\xfe`-- ", 'latin1');
const value = (longest: number): Value => {
  if (random.below(6) === 0) return null;
  const bytes = Buffer.alloc(random.below(longest + 1), random.below(256));
  for (let spots = random.below(5); spots > 0 && bytes.length > 0; spots -= 1) {
    hostile.copy(bytes, random.below(bytes.length), random.below(hostile.length));
  }
  return bytes;
};
/** Of all lengths at which something changes: 48 and 250 bytes, 64 KiB, a block, a statement. */
const rows = Array.from({ length: 3000 }, (_, index) => {
  const longest = index % 500 === 7 ? 900_000 : index % 50 === 3 ? 70_000 : [3, 50, 260, 3000][index % 4]!;
  return [Buffer.from(String(random.below(1e9) - 5e8)), value(longest), value(300), value(20)];
});

describe('rows that are encoded whole', () => {
  it.each([
    ['as they are', literalForms],
    ['with introducers', introducedForms],
  ])('are the same as value by value, %s', async (_how, forms) => {
    const expected = await read(rows, slowly, { forms });
    expect(expected.parts.length).toBeGreaterThan(2);
    for (const put of [
      fast,
      // As rows come that lie across two reads of a socket.
      (text: RowText, row: readonly Value[], index: number) => (index % 3 === 0 ? slowly : fast)(text, row),
    ]) {
      for (const roomBytes of [0, 3 << 20, 700_001, 10_000]) {
        const found = await read(rows, put, { forms, roomBytes });
        // The differences of megabytes would be long.
        expect(JSON.stringify(found) === JSON.stringify(expected)).toBe(true);
      }
    }
  });

  it('escape every byte that has to be', async () => {
    const all = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
    const [one] = (await read([[null, all, hostile, Buffer.alloc(0)]], fast)).parts;
    const [other] = (await read([[null, all, hostile, Buffer.alloc(0)]], slowly)).parts;
    expect(one).toBe(other);
    expect(one).toContain(",_utf8mb4'");
    expect(one!.endsWith(',0)\n;\n')).toBe(true);
  });

  it.each([
    ['a value is missing', Buffer.of(1, 0x31, 0xfb, 0xfb)],
    ['a value is too many', Buffer.of(0xfb, 0xfb, 0xfb, 0xfb, 0xfb)],
    ['a value goes on behind the row', Buffer.of(0xfb, 0xfb, 0xfb, 2, 0x31)],
    ['a length is cut', Buffer.of(0xfb, 0xfb, 0xfb, 0xfd, 1, 0)],
    ['a length is beyond all', Buffer.of(0xfb, 0xfb, 0xfb, 0xfe, 255, 255, 255, 255, 255, 255, 255, 255)],
  ])('are refused when %s', (_what, packet) => {
    const text = new RowText(
      HEAD,
      KINDS.map((kind) => literalForms[kind]),
      1 << 20,
    );
    const shared = Buffer.concat([packet, Buffer.alloc(600, 1)]);
    expect(() => text.row(shared, 0, packet.length)).toThrow(/values that were announced/);
  });
});
