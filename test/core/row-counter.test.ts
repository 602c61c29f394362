import { expect, it } from 'vitest';
import { rowCounter } from '../../src/core/row-counter.ts';

const TEXT = 'INSERT INTO t VALUES\n (1)\n,(2)\n;\n\nINSERT INTO t VALUES\n (3)\n;\n';

it('counts the lines that begin with a mark, wherever the text is cut', () => {
  const bytes = Buffer.from(TEXT);
  for (let cut = 0; cut <= bytes.length; cut += 1) {
    const count = rowCounter(' ,');
    expect(count(bytes.subarray(0, cut)) + count(bytes.subarray(cut))).toBe(3);
  }
});

it('counts all lines where none is marked, and none where there are no rows', () => {
  expect(rowCounter(null)(Buffer.from(TEXT))).toBe(8);
  expect(rowCounter('')(Buffer.from(TEXT))).toBe(0);
});
