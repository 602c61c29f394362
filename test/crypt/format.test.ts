import { describe, expect, it } from 'vitest';
import { sniffFormat } from '../../src/crypt/format.ts';
import { openCrypt } from '../../src/crypt/open-crypt.ts';
import { memorySource } from './memory-source.ts';

describe('sniffFormat', () => {
  it.each([
    ['zip', 'PK\x03\x04rest'],
    ['zip', 'PK\x05\x06'],
    ['unknown', 'PK\x07\x08'],
    ['tink', '(anything'],
    ['tink', '('],
    ['sysreptor', '\xc2YPT{}'],
    ['unknown', '\xc2YP'],
    ['unknown', ''],
    ['unknown', 'hello'],
  ])('tells %s by %j', async (format, start) => {
    expect(await sniffFormat(memorySource(Buffer.from(start, 'latin1')))).toBe(format);
  });
});

describe('openCrypt', () => {
  const key = Buffer.alloc(32, 1);

  it('refuses a plain zip as wrong usage', async () => {
    await expect(openCrypt(memorySource(Buffer.from('PK\x05\x06')), key)).rejects.toMatchObject({
      code: 'usage',
    });
  });

  it('refuses what is no crypt as damaged', async () => {
    const source = memorySource(Buffer.from('hello'), 'letter.txt');
    await expect(openCrypt(source, key)).rejects.toMatchObject({
      code: 'damaged',
      message: expect.stringContaining('letter.txt'),
    });
    expect(source.closed).toBe(false);
  });
});
