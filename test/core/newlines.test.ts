import { expect, it } from 'vitest';
import { countNewlines } from '../../src/core/newlines.ts';

it.each([
  ['', 0],
  ['no end', 0],
  ['\n\na\n\\n', 3],
])('counts in %j', (text, count) => {
  expect(countNewlines(Buffer.from(text))).toBe(count);
});
