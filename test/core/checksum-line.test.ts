import { describe, expect, it } from 'vitest';
import { checksumLine } from '../../src/core/checksum-line.ts';

describe('checksumLine', () => {
  it.each([
    ['app.zip', 'd  app.zip\n'],
    [' two  blanks ', 'd   two  blanks \n'],
    ['back\\slash', '\\d  back\\\\slash\n'],
    ['two\nlines\r', '\\d  two\\nlines\\r\n'],
  ])('of %j', (name, line) => {
    expect(checksumLine('d', name)).toBe(line);
  });
});
