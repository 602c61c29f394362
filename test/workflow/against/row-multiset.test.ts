import { describe, expect, it } from 'vitest';
import { RowMultiset } from '../../../src/workflow/against/row-multiset.ts';

/** @param cut how many bytes a chunk has */
function multisetOf(text: string, cut = text.length, rowMarks: string | null = null): RowMultiset {
  const multiset = new RowMultiset(rowMarks);
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += cut) multiset.add(bytes.subarray(at, at + cut));
  return multiset;
}

const ROWS = '1\tone\n2\ttwo\n2\ttwo\n\n3\tthree\n';

describe('a multiset of rows', () => {
  it.each([1, 2, 3, 5, 8, 13, 100])('is the same for chunks of %d bytes', (cut) => {
    const multiset = multisetOf(ROWS, cut);
    expect(multiset.rows).toBe(5);
    expect(multiset.equals(multisetOf(ROWS))).toBe(true);
  });

  it('does not depend on the order of rows', () => {
    expect(multisetOf('\n2\ttwo\n3\tthree\n1\tone\n2\ttwo\n').equals(multisetOf(ROWS))).toBe(true);
  });

  it.each([
    ['a row less', '1\tone\n2\ttwo\n\n3\tthree\n'],
    ['another row twice', '1\tone\n1\tone\n2\ttwo\n\n3\tthree\n'],
    ['a value changed', '1\tone\n2\ttwo\n2\ttwo\n\n3\tThree\n'],
    ['a row cut in two', '1\tone\n2\ttwo\n2\ttwo\n\n3\tth\nree\n'],
    ['values moved between rows', '1\ttwo\n2\tone\n2\ttwo\n\n3\tthree\n'],
  ])('tells %s', (_what, text) => {
    expect(multisetOf(text).equals(multisetOf(ROWS))).toBe(false);
  });

  describe('with marks of rows', () => {
    const MARKED = 'INSERT\n (1)\n,(2)\n,(2)\n;\nINSERT\n (3)\n;\n';

    it.each([1, 2, 3, 5, 8, 13, 100])(
      'counts what is marked, and nothing else, in chunks of %d bytes',
      (cut) => {
        const multiset = multisetOf(MARKED, cut, ' ,');
        expect(multiset.rows).toBe(4);
        expect(multiset.equals(multisetOf(MARKED, MARKED.length, ' ,'))).toBe(true);
      },
    );

    it('does not depend on how rows are put into statements', () => {
      const other = multisetOf('INSERT\n (2)\n,(3)\n,(1)\n,(2)\n;\n', 100, ' ,');
      expect(other.equals(multisetOf(MARKED, 100, ' ,'))).toBe(true);
    });

    it('tells another row', () => {
      const other = multisetOf('INSERT\n (2)\n,(3)\n,(1)\n,(4)\n;\n', 100, ' ,');
      expect(other.equals(multisetOf(MARKED, 100, ' ,'))).toBe(false);
    });
  });
});
