import { createHash } from 'node:crypto';
import { inflateRawSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { ByteReader } from '../../src/archive/byte-reader.ts';
import { decodeSums, encodeSum } from '../../src/archive/checksums.ts';
import { checkJsonLimits } from '../../src/archive/json-limits.ts';
import { LineStore } from '../../src/archive/line-store.ts';
import { manifestLimits } from '../../src/archive/manifest-limits.ts';
import { parseManifest } from '../../src/archive/manifest-reader.ts';
import { encodeManifest } from '../../src/archive/manifest-writer.ts';
import { packPart } from '../../src/archive/pack-part.ts';
import { PartBuffers } from '../../src/archive/part-buffers.ts';
import { unpackPart } from '../../src/archive/unpack-part.ts';
import { openArchive } from '../../src/archive/reader.ts';
import { decodeScript, encodeScript } from '../../src/archive/sql-script.ts';
import { decodeIndex } from '../../src/archive/storage-index.ts';
import { HoldfastError } from '../../src/core/errors.ts';
import { fc } from '../support/fast-check.ts';
import { bytes, cut, cuts, refusesAtMost } from './arbitrary-input.ts';
import { memorySource, sampleArchive, sha256 } from './sample.ts';

describe('JSON', () => {
  it('has the depth and the values that are counted without parsing it', () => {
    const depthOf = (value: unknown): number =>
      typeof value === 'object' && value !== null ? 1 + Math.max(0, ...Object.values(value).map(depthOf)) : 0;
    const countOf = (value: unknown): number => {
      if (typeof value !== 'object' || value === null) return 0;
      const inner = Object.values(value);
      return 1 + Math.max(0, inner.length - 1) + inner.reduce((sum: number, each) => sum + countOf(each), 0);
    };
    fc.assert(
      fc.property(fc.json({ maxDepth: 5 }), (json) => {
        const value: unknown = JSON.parse(json);
        const count = countOf(value);
        checkJsonLimits(json, 'x', count);
        if (count > depthOf(value)) expect(() => checkJsonLimits(json, 'x', -1)).toThrow(HoldfastError);
      }),
      { numRuns: 500 },
    );
  });

  it('of any bytes, as manifest or index, is read or refused', async () => {
    const json = fc.oneof(
      bytes,
      fc.json().map((text) => Buffer.from(`${text}\n`)),
      fc
        .record({
          type: fc.constantFrom('file', 'symlink'),
          path: fc.string({ unit: 'binary' }),
          size: fc.double(),
          target: fc.json(),
        })
        .map((line) => Buffer.from(`${JSON.stringify(line)}\n`)),
    );
    await fc.assert(
      fc.asyncProperty(json, cuts, async (text, lengths) => {
        await refusesAtMost(async () => parseManifest(text, manifestLimits(1)));
        await refusesAtMost(() => Array.fromAsync(decodeIndex(cut(text, lengths), 'x')));
      }),
      { numRuns: 500 },
    );
  });

  it('of a manifest with any one value in it replaced is read or refused', async () => {
    const { manifest } = await openArchive(memorySource(await sampleArchive()));
    const places: (readonly (string | number)[])[] = [];
    const walk = (value: unknown, path: readonly (string | number)[]): void => {
      places.push(path);
      if (typeof value !== 'object' || value === null) return;
      for (const key of Object.keys(value)) walk((value as Record<string, unknown>)[key], [...path, key]);
    };
    walk(manifest, []);
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...places.slice(1)), fc.jsonValue(), async (path, value) => {
        const copy = structuredClone(manifest) as unknown as Record<string | number, unknown>;
        let place = copy;
        for (const step of path.slice(0, -1)) place = place[step] as typeof place;
        place[path.at(-1)!] = value;
        await refusesAtMost(async () => {
          const read = parseManifest(Buffer.from(JSON.stringify(copy)), manifestLimits(20));
          expect(parseManifest(encodeManifest(read), manifestLimits(20))).toEqual(read);
        });
      }),
      { numRuns: 1000 },
    );
  });
});

describe('lines', () => {
  it('of any bytes in any chunks come out as they are', async () => {
    await fc.assert(
      fc.asyncProperty(bytes, cuts, fc.nat({ max: 20 }), async (text, lengths, blockBytes) => {
        const reader = new ByteReader(cut(text, lengths));
        const block = await reader.block(blockBytes);
        expect(block).toEqual(text.subarray(0, blockBytes));
        const rest = text.subarray(blockBytes);
        const lines: Buffer[] = [];
        let line = await reader.line(1000);
        for (; Buffer.isBuffer(line); line = await reader.line(1000)) lines.push(line, Buffer.from('\n'));
        const read = Buffer.concat(lines);
        expect(rest.subarray(0, read.length)).toEqual(read);
        expect(rest.subarray(read.length).includes('\n')).toBe(false);
        expect(line).toBe(read.length === rest.length ? null : 'unfinished');
      }),
    );
  });

  it('wait and come back', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.string({ unit: 'binary', maxLength: 50 }), { maxLength: 50 }),
        fc.nat({ max: 20_000 }),
        async (lines, more) => {
          const store = new LineStore();
          const all = [...lines.map((line) => line.toWellFormed()), 'x'.repeat(more * 20), 'end'];
          for (const line of all) store.add(line);
          const { data } = await store.content();
          expect(inflateRawSync(Buffer.concat(data)).toString()).toBe(all.join(''));
        },
      ),
      { numRuns: 50 },
    );
  });

  it('of SHA256SUMS come back, and of any bytes are refused', async () => {
    const name = fc
      .string({ unit: 'binary', minLength: 1 })
      .map((text) => text.toWellFormed().replaceAll('\n', '_'));
    await fc.assert(
      fc.asyncProperty(fc.array(name), bytes, cuts, async (names, garbage, lengths) => {
        const sums = names.map((each) => ({ name: each, sha256: sha256(each) }));
        const text = Buffer.from(sums.map(encodeSum).join(''));
        expect(await Array.fromAsync(decodeSums(cut(text, lengths), sha256(text)))).toEqual(sums);
        if (garbage.length === 0) return;
        const damaged = Buffer.concat([text, garbage]);
        await refusesAtMost(() => Array.fromAsync(decodeSums(cut(damaged, lengths), sha256(text))));
        await expect(Array.fromAsync(decodeSums(cut(damaged, lengths), sha256(text)))).rejects.toThrow(
          HoldfastError,
        );
      }),
      { numRuns: 200 },
    );
  });
});

describe('scripts', () => {
  it('come back in any chunks, and with any bytes in them are read or refused', async () => {
    const text = fc.string({ unit: 'binary' }).map((each) => each.toWellFormed());
    const statement = fc.record({ kind: text, schema: fc.option(text), name: text, sql: text });
    await fc.assert(
      fc.asyncProperty(
        fc.array(statement, { maxLength: 5 }),
        bytes,
        cuts,
        fc.nat(),
        async (statements, garbage, lengths, at) => {
          const script = Buffer.concat([...encodeScript(statements)]);
          expect(await Array.fromAsync(decodeScript(cut(script, lengths), 'x'))).toEqual(statements);
          const place = at % (script.length + 1);
          const damaged = Buffer.concat([script.subarray(0, place), garbage, script.subarray(place)]);
          await refusesAtMost(() => Array.fromAsync(decodeScript(cut(damaged, lengths), 'x')));
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('parts', () => {
  const digestOf = (text: Buffer): { bytes: number; sha256: string; rows: number; entry: string } => ({
    entry: 'x',
    bytes: text.length,
    sha256: createHash('sha256').update(text).digest('hex'),
    rows: text.filter((byte) => byte === 0x0a).length,
  });
  const collect = async (stream: AsyncIterable<Buffer>): Promise<Buffer> =>
    Buffer.concat(await Array.fromAsync(stream));

  it('come back in any chunks', async () => {
    await fc.assert(
      fc.asyncProperty(bytes, cuts, cuts, async (text, lengths, others) => {
        const { content } = await packPart({ chunks: cut(text, lengths) }, new PartBuffers(1));
        const packed = (await content) as Buffer;
        expect(await collect(unpackPart(cut(packed, others), digestOf(text)))).toEqual(text);
      }),
      { numRuns: 100 },
    );
  });

  it('of any bytes, or with any bytes changed, give what they must or are refused', async () => {
    await fc.assert(
      fc.asyncProperty(bytes, bytes, cuts, fc.nat(), async (text, garbage, lengths, at) => {
        const packed = zstdCompressSync(text);
        garbage.copy(packed, at % packed.length);
        for (const damaged of [
          packed,
          garbage,
          Buffer.concat([packed, garbage]),
          packed.subarray(0, at % packed.length),
        ]) {
          await refusesAtMost(async () => {
            expect(await collect(unpackPart(cut(damaged, lengths), digestOf(text)))).toEqual(text);
          });
        }
      }),
      { numRuns: 100 },
    );
  });
});
