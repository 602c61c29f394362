import { createCipheriv, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { openCrypt } from '../../src/crypt/open-crypt.ts';
import { fc } from '../support/fast-check.ts';
import { pattern, readAll } from './encrypt.ts';
import { memorySource } from './memory-source.ts';

const key = randomBytes(32);

/** A crypt as SysReptor writes it; `header` replaces the JSON text. */
function seal(plaintext: Buffer, nonce = randomBytes(16), header?: string | Buffer): Buffer {
  const json = header ?? JSON.stringify({ cipher: 'AES-GCM', nonce: nonce.toString('base64'), key_id: null });
  const head = Buffer.concat([Buffer.from('\xc2YPT', 'latin1'), Buffer.from(json), Buffer.of(0)]);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(head);
  return Buffer.concat([head, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
}

const open = (crypt: Buffer): ReturnType<typeof openCrypt> =>
  openCrypt(memorySource(crypt, 'old.crypt'), key);

describe('a message of several MiB', () => {
  const plaintext = pattern(3 * 2 ** 20 + 777);
  const crypt = seal(plaintext);

  it('gives any range, many at once', async () => {
    const source = await open(crypt);
    expect(source.size).toBe(plaintext.length);
    const range = fc.record({
      start: fc.integer({ min: 0, max: plaintext.length + 10 }),
      length: fc.oneof(fc.integer({ min: 0, max: 100 }), fc.integer({ min: 0, max: 2 ** 21 })),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(range, { minLength: 1, maxLength: 12 }), async (ranges) => {
        const check = async ({ start, length }: { start: number; length: number }): Promise<boolean> => {
          const target = Buffer.alloc(length);
          const expected = plaintext.subarray(start, start + length);
          const bytes = await source.read(target, start);
          return bytes === expected.length && target.subarray(0, bytes).equals(expected);
        };
        expect(await Promise.all(ranges.map(check))).not.toContain(false);
      }),
      { numRuns: 40 },
    );
  });

  it.each([100, 2 ** 20, 2 ** 21 + 5, crypt.length - 1])(
    'is refused whole when byte %i is changed',
    async (at) => {
      const damaged = Buffer.from(crypt);
      damaged.writeUInt8(damaged.readUInt8(at) ^ 0x80, at);
      await expect(open(damaged)).rejects.toMatchObject({
        code: 'key',
        message: expect.stringMatching(/key is wrong.*file is damaged/),
      });
    },
  );

  it('shows nothing that changed after it was authenticated', async () => {
    const copy = Buffer.from(crypt);
    const source = await open(copy);
    copy.writeUInt8(copy.readUInt8(2 ** 20 + 500) ^ 1, 2 ** 20 + 500);
    await expect(readAll(source)).rejects.toMatchObject({
      code: 'damaged',
      message: expect.stringContaining('changed while it was being read'),
    });
  });
});

it('takes nonces of any length', async () => {
  const plaintext = pattern(1000);
  for (const length of [1, 8, 12, 13, 16, 17, 32, 128]) {
    expect((await readAll(await open(seal(plaintext, randomBytes(length))))).equals(plaintext)).toBe(true);
  }
});

it('takes a header with more fields and blanks', async () => {
  const nonce = randomBytes(16);
  const header = `{ "key_id" : "0f", "more": [1], "nonce": "${nonce.toString('base64')}", "cipher": "AES-GCM" }\n`;
  expect((await readAll(await open(seal(Buffer.from('text'), nonce, header)))).toString()).toBe('text');
});

describe('a header is refused as damaged', () => {
  const nonce = randomBytes(16);
  const base64 = nonce.toString('base64');
  it.each([
    ['that is no JSON', '{"cipher"', 'not JSON'],
    ['that is no UTF-8', Buffer.from('{"cipher":"AES-GCM\xff"}', 'latin1'), 'not JSON'],
    ['that is empty', '', 'not JSON'],
    ['that is null', 'null', 'AES-GCM'],
    ['that is a number', '7', 'AES-GCM'],
    ['of another cipher', `{"cipher":"AES-CBC","nonce":"${base64}"}`, 'AES-GCM'],
    ['without a nonce', '{"cipher":"AES-GCM"}', 'nonce'],
    ['with an empty nonce', '{"cipher":"AES-GCM","nonce":""}', 'nonce'],
    ['with a nonce that is no text', '{"cipher":"AES-GCM","nonce":12}', 'nonce'],
    ['with a nonce in bad base64', `{"cipher":"AES-GCM","nonce":"*${base64}"}`, 'nonce'],
    [
      'with an endless nonce',
      `{"cipher":"AES-GCM","nonce":"${Buffer.alloc(129).toString('base64')}"}`,
      'nonce',
    ],
    ['that is endless', `{"cipher":"AES-GCM","nonce":"${base64}","x":"${'y'.repeat(5000)}"}`, 'does not end'],
  ])('%s', async (_what, header, message) => {
    await expect(open(seal(Buffer.from('text'), nonce, header))).rejects.toMatchObject({
      code: 'damaged',
      message: expect.stringContaining(message),
    });
  });
});

it('refuses a crypt that ends before its tag', async () => {
  const crypt = seal(Buffer.alloc(0));
  await expect(open(crypt.subarray(0, -1))).rejects.toMatchObject({ code: 'damaged' });
});

it('refuses what is longer than GCM allows without reading it', async () => {
  const source = memorySource(seal(Buffer.from('text')));
  await expect(openCrypt({ ...source, size: 2 ** 36 + 200 }, key)).rejects.toMatchObject({
    code: 'damaged',
    message: expect.stringContaining('64 GiB'),
  });
});
