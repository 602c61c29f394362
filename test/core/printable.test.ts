import { describe, expect, it } from 'vitest';
import { printable, printableLines } from '../../src/core/printable.ts';

describe('printable', () => {
  it('leaves letters, accents and emoji alone', () => {
    expect(printable('Prüfung 🐘 日本')).toBe('Prüfung 🐘 日本');
  });

  it('escapes what moves the cursor, changes colours, breaks or reorders a line', () => {
    expect(printable('a\u001b[31mb\r\n\u007f\u0085\u2028\u202e')).toBe(
      String.raw`a\x1b[31mb\x0d\x0a\x7f\x85\u2028\u202e`,
    );
  });

  it('shows bytes that stand as surrogates', () => {
    expect(printable('caf\udce9 🐘')).toBe(String.raw`caf\xe9 🐘`);
  });

  it('takes bytes, UTF-8 or not', () => {
    expect(printable(Buffer.from([0x61, 0xff, 0x0a]))).toBe(String.raw`a�\x0a`);
  });
});

describe('printableLines', () => {
  it('keeps line breaks only', () => {
    expect(printableLines('one\ntwo\u0007')).toBe('one\ntwo\\x07');
  });
});
