import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { openCrypt } from '../../src/crypt/open-crypt.ts';
import { createEncryptor } from '../../src/crypt/tink-encryptor.ts';
import { fc } from '../support/fast-check.ts';
import { required, type Found } from '../support/tools.ts';
import { encrypt, pattern, readAll } from './encrypt.ts';
import { memorySource } from './memory-source.ts';

const key = randomBytes(32);
const FIRST = 1_048_520;
const NEXT = 1_048_560;
const sizes = [0, 1, 2, 1000]
  .concat(FIRST - 1, FIRST, FIRST + 1)
  .concat(FIRST + NEXT - 1, FIRST + NEXT, FIRST + NEXT + 1)
  .concat(FIRST + 2 * NEXT, 5_000_003);

const decrypt = async (crypt: Buffer): Promise<Buffer> => readAll(await openCrypt(memorySource(crypt), key));

describe('createEncryptor', () => {
  it.each(sizes)('gives back %i bytes', async (size) => {
    const plaintext = pattern(size);
    const crypt = await encrypt(key, plaintext);
    const segments = size <= FIRST ? 1 : 1 + Math.ceil((size - FIRST) / NEXT);
    expect(crypt.length).toBe(40 + size + 16 * segments);
    expect((await decrypt(crypt)).equals(plaintext)).toBe(true);
  });

  it.each([997, FIRST, FIRST + 1, 1 << 20, 3_000_017])(
    'does not mind chunks of %i bytes',
    async (chunkBytes) => {
      const plaintext = pattern(3 * NEXT + 5);
      expect((await decrypt(await encrypt(key, plaintext, chunkBytes))).equals(plaintext)).toBe(true);
    },
  );

  it('does not mind chunks of mixed sizes, empty ones among them', async () => {
    const plaintext = pattern(FIRST + NEXT + 100);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 400_000 }), { maxLength: 12 }), async (lengths) => {
        const encryptor = createEncryptor(key);
        const result = encryptor.toArray();
        let at = 0;
        for (const length of lengths) {
          encryptor.write(plaintext.subarray(at, at + length));
          at = Math.min(plaintext.length, at + length);
        }
        encryptor.end();
        expect((await decrypt(Buffer.concat(await result))).equals(plaintext.subarray(0, at))).toBe(true);
      }),
      { numRuns: 20 },
    );
  });

  it('never makes the same crypt twice', async () => {
    const plaintext = pattern(1000);
    const [first, second] = [await encrypt(key, plaintext), await encrypt(key, plaintext)];
    expect(first.subarray(1, 33)).not.toEqual(second.subarray(1, 33));
    expect(first.subarray(33, 40)).not.toEqual(second.subarray(33, 40));
    expect(first.subarray(40)).not.toEqual(second.subarray(40));
  });

  it('shows nothing of the plaintext', async () => {
    const crypt = await encrypt(key, Buffer.alloc(2_000_000, 'the plaintext '));
    expect(crypt.includes('plaintext')).toBe(false);
  });

  it('waits for its reader instead of heaping up', async () => {
    const size = 200 * NEXT;
    const chunk = pattern(NEXT);
    let taken = 0;
    let given = 0;
    let most = 0;
    const source = function* (): Generator<Buffer> {
      for (; taken < size; taken += chunk.length) yield chunk;
    };
    await pipeline(Readable.from(source()), createEncryptor(key), async (crypt: AsyncIterable<Buffer>) => {
      for await (const part of crypt) {
        given += part.length;
        most = Math.max(most, taken - given);
      }
    });
    expect(given).toBeGreaterThan(size);
    expect(most).toBeLessThan(40 * NEXT);
  });

  it('writes what another implementation reads', async (context) => {
    const probe = spawnSync('python3', ['-c', 'import cryptography']);
    const python: Found<string> =
      probe.status === 0 ? { value: 'python3' } : { reason: 'python3 with cryptography is not installed' };
    const command = required(context, python);
    const script = fileURLToPath(new URL('independent-tink-reader.py', import.meta.url));
    for (const size of [0, FIRST, FIRST + 1, FIRST + NEXT, 3_000_000]) {
      const plaintext = pattern(size);
      const input = await encrypt(key, plaintext);
      const reader = spawnSync(command, [script, key.toString('hex')], { input, maxBuffer: 2 ** 24 });
      expect(reader.stderr.toString()).toBe('');
      expect(reader.stdout.equals(plaintext)).toBe(true);
    }
  });
});
