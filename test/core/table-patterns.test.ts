import { describe, expect, it } from 'vitest';
import { TablePatterns } from '../../src/core/table-patterns.ts';

const fold = (letter: string): string => letter.toLowerCase();

describe('TablePatterns', () => {
  it('may be many names', () => {
    const names = Array.from({ length: 10_000 }, (_, index) => `Some_Schema.A_Table_With_A_Name_${index}`);
    const patterns = new TablePatterns('table', names, fold);
    expect(patterns.matches('some_schema', 'a_table_with_a_name_9999')).toBe(true);
    expect(patterns.matches('some_schema', 'a_table_with_a_name_10000')).toBe(false);
    expect(patterns.unmatched()).toHaveLength(9_999);
  });

  it.each([
    ['too many', Array.from({ length: 10_001 }, (_, index) => `t${index}`), 'more than 10000 patterns'],
    ['too much together', Array.from({ length: 100 }, () => '(a{200}){20}'), 'is too much beside the other'],
  ])('may not be %s', (_case, texts, message) => {
    expect(() => new TablePatterns('table', texts, fold)).toThrow(
      expect.objectContaining({ code: 'usage', message: expect.stringContaining(message) }),
    );
  });
});
