import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { ByteSource } from '../../src/core/byte-source.ts';
import { openCrypt } from '../../src/crypt/open-crypt.ts';
import { readAll } from './encrypt.ts';
import { memorySource } from './memory-source.ts';

interface Vector {
  file: string;
  key: string;
  valid: boolean;
  plaintext_bytes?: number;
  plaintext_sha256?: string;
}

const folder = new URL('../vectors/crypt/', import.meta.url);
const vectors: Vector[] = JSON.parse(readFileSync(new URL('index.json', folder), 'utf8'));
const good = vectors.filter((vector) => vector.valid);
const bad = vectors.filter((vector) => !vector.valid);

const open = (vector: Vector): Promise<ByteSource> =>
  openCrypt(
    memorySource(readFileSync(new URL(vector.file, folder)), vector.file),
    Buffer.from(vector.key, 'hex'),
  );

/** Positions that a reader of single bytes takes: all of a short text, else both ends, the cut and a spread between. */
function positions(size: number): number[] {
  if (size <= 4096) return Array.from({ length: size }, (_, at) => at);
  const edges = [0, 1, 1_048_519, 1_048_520, size - 2, size - 1].filter((at) => at < size);
  return [...edges, ...Array.from({ length: 1000 }, (_, at) => (at * 7_919) % size)];
}

describe.each(good)('$file', (vector) => {
  const { plaintext_bytes: size = 0, plaintext_sha256: digest } = vector;

  it.each([undefined, 1000, 3_000_000])('is right read in order, in chunks of %s', async (chunkBytes) => {
    const source = await open(vector);
    expect(source.size).toBe(size);
    expect(
      createHash('sha256')
        .update(await readAll(source, chunkBytes))
        .digest('hex'),
    ).toBe(digest);
  });

  it('is right byte by byte, forwards, backwards and all at once', async () => {
    const source = await open(vector);
    const text = await readAll(source);
    const wanted = positions(size);
    const byteAt = async (at: number): Promise<number | undefined> => {
      const byte = Buffer.alloc(1);
      expect(await source.read(byte, at)).toBe(1);
      return byte[0];
    };
    for (const at of wanted) expect(await byteAt(at)).toBe(text[at]);
    for (const at of wanted.toReversed()) expect(await byteAt(at)).toBe(text[at]);
    expect(await Promise.all(wanted.map(byteAt))).toEqual(wanted.map((at) => text[at]));
  });

  it('ends where it ends', async () => {
    const source = await open(vector);
    const target = Buffer.alloc(100);
    expect(await source.read(target, size)).toBe(0);
    expect(await source.read(target, size + 100)).toBe(0);
    expect(await source.read(target, Math.max(0, size - 3))).toBe(Math.min(3, size));
  });

  it('does not open with another key', async () => {
    const key = Buffer.from(vector.key, 'hex').fill(0, 31);
    await expect(
      openCrypt(memorySource(readFileSync(new URL(vector.file, folder))), key),
    ).rejects.toMatchObject({
      code: 'key',
    });
  });
});

/** What each bad vector is refused as. */
const refusals: Record<string, string> = {
  'tink-bad-truncated-at-segment-boundary.crypt': 'damaged',
  'tink-bad-swapped-last-flag.crypt': 'damaged',
  'tink-bad-flipped-bit-in-header.crypt': 'key',
  'tink-bad-flipped-bit-in-tag.crypt': 'key',
  'tink-bad-trailing-garbage.crypt': 'key',
  'tink-bad-header-only.crypt': 'damaged',
  'tink-bad-cut-in-header.crypt': 'damaged',
  'sysreptor-bad-truncated.crypt': 'key',
  'sysreptor-bad-flipped-bit.crypt': 'key',
  'sysreptor-bad-flipped-header.crypt': 'damaged',
  'sysreptor-bad-no-header-end.crypt': 'damaged',
};

describe('bad vectors', () => {
  it.each(bad)('$file is refused when it is opened', async (vector) => {
    const error = await open(vector).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ name: 'HoldfastError', code: refusals[vector.file] });
    const { message, hint } = error as { message: string; hint: string };
    expect(message).toContain(vector.file);
    expect(`${message} ${hint}`).not.toContain(vector.key.slice(0, 8));
  });

  it('are all of both kinds that there are', () => {
    expect(good).toHaveLength(8);
    expect(bad.map(({ file }) => file).toSorted()).toEqual(Object.keys(refusals).toSorted());
  });
});
