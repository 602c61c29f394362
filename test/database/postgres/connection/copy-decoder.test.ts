import { describe, expect, it } from 'vitest';
import {
  CopyDecoder,
  type CopyTarget,
  copyTarget,
  isDone,
} from '../../../../src/database/postgres/connection/copy-decoder.ts';
import { fc } from '../../../support/fast-check.ts';

/** A message as the server sends it (protocol documentation, "Message Formats"). */
function message(code: string, content: string): Buffer {
  const head = Buffer.alloc(5);
  head.write(code, 'latin1');
  head.writeInt32BE(4 + content.length, 1);
  return Buffer.concat([head, Buffer.from(content, 'latin1')]);
}

const END = message('c', '');
const AFTER = message('C', 'COPY 7\0');

/** Decodes what comes in pieces into buffers of these sizes, each cut at `enough`; the targets, and what was not taken. */
function decode(
  bytes: Buffer,
  pieces: readonly number[],
  sizes: readonly number[],
  enough: number,
): { targets: CopyTarget[]; rest: Buffer } {
  const decoder = new CopyDecoder();
  const targets: CopyTarget[] = [];
  const next = (): CopyTarget => {
    const target = copyTarget(Buffer.alloc(sizes[targets.length % sizes.length]!), enough);
    targets.push(target);
    return target;
  };
  let target = next();
  let start = 0;
  for (let turn = 0; start < bytes.length && !decoder.hasEnded; turn += 1) {
    let piece = bytes.subarray(start, start + pieces[turn % pieces.length]!);
    start += piece.length;
    while (piece.length > 0 && !decoder.hasEnded) {
      const taken = decoder.take(piece, target);
      piece = piece.subarray(taken);
      if (isDone(target)) target = next();
    }
    if (decoder.hasEnded) start -= piece.length;
  }
  return { targets, rest: bytes.subarray(start) };
}

const textOf = (targets: readonly CopyTarget[]): string =>
  targets.map(({ buffer, used }) => buffer.toString('latin1', 0, used)).join('');

const aside = fc.constantFrom(
  message('S', 'TimeZone\0UTC\0'),
  message('N', 'SWARNING\0Mlong ago\0\0'),
  message('A', '....channel\0\0'),
);
const row = fc
  .string({ maxLength: 40, unit: fc.constantFrom('a', 'd', 'c', '\0') })
  .map((text) => `${text}\n`);

describe('CopyDecoder', () => {
  it('gives the rows, however they come and wherever they go', () => {
    const parts = fc.array(fc.oneof({ weight: 4, arbitrary: row }, aside));
    const sizes = fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1 });
    fc.assert(
      fc.property(parts, sizes, sizes, fc.integer({ min: 1, max: 100 }), (all, pieces, buffers, enough) => {
        const rows = all.filter((part) => typeof part === 'string');
        const messages = all.map((part) => (typeof part === 'string' ? message('d', part) : part));
        const bytes = Buffer.concat([message('H', '\0\0\x01\0\0'), ...messages, END, AFTER]);
        const { targets, rest } = decode(bytes, pieces, buffers, enough);
        expect(textOf(targets)).toBe(rows.join(''));
        expect(targets.reduce((sum, target) => sum + target.rows, 0)).toBe(rows.length);
        expect(rest).toEqual(AFTER);
        for (const { buffer, used, rows: count, isCut } of targets) {
          const text = buffer.toString('latin1', 0, used);
          expect(count).toBe(text.split('\n').length - 1);
          // It is cut at the first row that ends far enough, and nowhere else.
          expect(isCut).toBe(used >= enough && text.endsWith('\n'));
          expect(text.slice(0, -1).lastIndexOf('\n') + 1).toBeLessThan(enough);
        }
      }),
    );
  });

  it('leaves the rows where they are until there is room', () => {
    const decoder = new CopyDecoder();
    const bytes = Buffer.concat([message('H', '\0\0\0'), message('d', 'a\n'), END]);
    const taken = decoder.take(bytes, null);
    expect(decoder.isInRow).toBe(true);
    expect(bytes.subarray(taken)).toEqual(Buffer.concat([Buffer.from('a\n'), END]));
    expect(decoder.take(bytes.subarray(taken), null)).toBe(0);
    const target = copyTarget(Buffer.alloc(10));
    decoder.take(bytes.subarray(taken), target);
    expect(textOf([target])).toBe('a\n');
    expect(decoder).toMatchObject({ isInRow: false, hasEnded: true });
  });

  it('ends before a message that it does not know', () => {
    const failure = message('E', 'SERROR\0C57014\0Mcanceled\0\0');
    const { targets, rest } = decode(Buffer.concat([message('d', 'a\n'), failure]), [3], [10], 100);
    expect(textOf(targets)).toBe('a\n');
    expect(rest).toEqual(failure);
  });

  it('counts what does not end as a row for none', () => {
    const bytes = Buffer.concat([message('d', 'half'), message('d', ''), message('d', ' a row\n'), END]);
    const { targets } = decode(bytes, [100], [100], 1);
    expect(targets).toMatchObject([{ used: 11, rows: 1, isCut: true }, { used: 0 }]);
  });

  it('refuses what cannot be a message', () => {
    for (const length of [0, 3, -1]) {
      const head = Buffer.from('d0000');
      head.writeInt32BE(length, 1);
      expect(() => new CopyDecoder().take(head, null)).toThrow(`a message of ${length} bytes`);
    }
  });
});
