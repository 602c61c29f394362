import { describe, expect, it } from 'vitest';
import { HoldfastError } from '../../src/core/errors.ts';
import { sniffFormat } from '../../src/crypt/format.ts';
import { openCrypt } from '../../src/crypt/open-crypt.ts';
import { SYSREPTOR_MAGIC, readSysreptorHeader } from '../../src/crypt/sysreptor-header.ts';
import { HEADER_BYTES } from '../../src/crypt/tink-format.ts';
import { fc } from '../support/fast-check.ts';
import { encrypt, readAll } from './encrypt.ts';
import { memorySource } from './memory-source.ts';

const KEY = Buffer.alloc(32, 7);

const bytes = fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array));

/** Runs a reader, which may refuse what it is given and must not fail in any other way. */
async function refusesAtMost(read: () => Promise<unknown>): Promise<void> {
  try {
    await read();
  } catch (error) {
    expect(error).toBeInstanceOf(HoldfastError);
    expect(['damaged', 'key', 'usage']).toContain((error as HoldfastError).code);
  }
}

describe('a crypt of any bytes', () => {
  const json = fc.oneof(
    fc.json(),
    fc
      .record({
        cipher: fc.constant('AES-GCM'),
        nonce: fc.oneof(
          bytes.map((nonce) => nonce.toString('base64')),
          fc.jsonValue(),
        ),
      })
      .map((fields) => JSON.stringify(fields)),
    fc.string({ unit: 'binary' }),
  );
  const crypt = fc.oneof(
    bytes,
    bytes.map((rest) => Buffer.concat([Buffer.of(HEADER_BYTES), rest])),
    fc
      .tuple(json, bytes)
      .map(([text, rest]) => Buffer.concat([SYSREPTOR_MAGIC, Buffer.from(`${text}\0`), rest])),
  );

  it('is refused, and never more than is there is read', async () => {
    await fc.assert(
      fc.asyncProperty(crypt, async (content) => {
        const source = memorySource(content);
        await sniffFormat(source);
        await refusesAtMost(() => readSysreptorHeader(source));
        await refusesAtMost(async () => readAll(await openCrypt(source, KEY)));
        await expect(openCrypt(source, KEY)).rejects.toThrow(HoldfastError);
        expect(source.reads.every((read) => read.position + read.bytes <= content.length)).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('a crypt with anything changed', () => {
  it('is refused', async () => {
    const plaintext = Buffer.alloc(1_100_000, 'plaintext ');
    const sound = await encrypt(KEY, plaintext);
    expect(await readAll(await openCrypt(memorySource(sound), KEY))).toEqual(plaintext);
    const place = fc.oneof(
      fc.nat({ max: 60 }),
      fc.integer({ min: sound.length - 60, max: sound.length }),
      fc.nat({ max: sound.length }),
    );
    await fc.assert(
      fc.asyncProperty(place, bytes, fc.nat({ max: 100 }), async (at, inserted, removed) => {
        const changed = Buffer.concat([sound.subarray(0, at), inserted, sound.subarray(at + removed)]);
        fc.pre(!changed.equals(sound));
        const read = async (): Promise<Buffer> => readAll(await openCrypt(memorySource(changed), KEY));
        await refusesAtMost(read);
        await expect(read()).rejects.toThrow(HoldfastError);
      }),
      { numRuns: 200 },
    );
  });
});
