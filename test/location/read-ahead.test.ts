import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { ReadAhead } from '../../src/location/read-ahead.ts';

const MIB = 1 << 20;
const PIECE = 256 << 10;

/** What a source of any size holds, again and again; its length is no power of 2, so that places differ. */
const PATTERN = randomBytes((64 << 10) | 1);
const TWICE = Buffer.concat([PATTERN, PATTERN]);

/** Up to 64 KiB of a source. */
function bytesAt(position: number, length: number): Buffer {
  const start = position % PATTERN.length;
  return TWICE.subarray(start, start + length);
}

/** A source that answers when the test lets it, and notes what it was asked for. */
class SlowService {
  readonly asked: { start: number; end: number }[] = [];
  failNext: Error | null = null;
  underWay = 0;
  mostUnderWay = 0;

  readonly fetch = async (start: number, end: number, take: (bytes: Uint8Array) => void): Promise<void> => {
    this.asked.push({ start, end });
    this.underWay++;
    this.mostUnderWay = Math.max(this.mostUnderWay, this.underWay);
    try {
      await new Promise((resolve) => setImmediate(resolve));
      const failure = this.failNext;
      this.failNext = null;
      if (failure !== null) throw failure;
      for (let at = start; at < end; at += 64 << 10) {
        const length = Math.min(64 << 10, end - at);
        take(bytesAt(at, length));
      }
    } finally {
      this.underWay--;
    }
  };

  bytes(): number {
    return this.asked.reduce((sum, { start, end }) => sum + end - start, 0);
  }
}

async function readPiece(source: ReadAhead, position: number, length = PIECE): Promise<void> {
  const target = Buffer.alloc(length);
  const read = await source.read(target, position);
  for (let at = 0; at < read; at += 64 << 10) {
    const bytes = target.subarray(at, Math.min(at + (64 << 10), read));
    if (!bytes.equals(bytesAt(position + at, bytes.length)))
      throw new Error(`wrong bytes at ${position + at}`);
  }
}

describe('reading ahead', () => {
  it('fetches what is expected in large pieces, many at a time, and each byte once', async () => {
    const service = new SlowService();
    const size = 70 * MIB + 12_345;
    const source = new ReadAhead(size, service.fetch);
    source.expect(0, size);
    for (let at = 0; at < size; at += PIECE) await readPiece(source, at);
    expect(service.bytes()).toBe(size);
    expect(service.asked.length).toBeLessThan(25);
    expect(service.mostUnderWay).toBeGreaterThan(3);
    expect(service.mostUnderWay).toBeLessThan(9);
  });

  it('fetches nothing beyond what is expected or asked for', async () => {
    const service = new SlowService();
    const source = new ReadAhead(1000 * MIB, service.fetch);
    source.expect(500 * MIB, 503 * MIB);
    for (let at = 500 * MIB; at < 503 * MIB; at += PIECE) await readPiece(source, at);
    await readPiece(source, 900 * MIB, 30);
    await source.settle();
    expect(service.bytes()).toBe(3 * MIB + 30);
  });

  it('fetches small ranges that lie apart side by side', async () => {
    const service = new SlowService();
    const source = new ReadAhead(1000 * MIB, service.fetch);
    for (let at = 0; at < 100; at++) source.expect(at * MIB, at * MIB + 5000);
    for (let at = 0; at < 100; at++) await readPiece(source, at * MIB, 5000);
    expect(service.bytes()).toBe(100 * 5000);
    expect(service.mostUnderWay).toBe(16);
  });

  it('reads each byte once where four readers go side by side, and two more slowly', async () => {
    const service = new SlowService();
    const source = new ReadAhead(400 * MIB, service.fetch);
    source.expect(0, 90 * MIB);
    source.expect(300 * MIB, 302 * MIB);
    source.expect(350 * MIB, 352 * MIB);
    // Parts of 3 MiB, of which each reader takes the next one.
    let next = 0;
    const reader = async (): Promise<void> => {
      while (next < 30) {
        const part = next++;
        for (let at = part * 3 * MIB; at < (part + 1) * 3 * MIB; at += PIECE) await readPiece(source, at);
        const slow = Math.floor(part / 4) * PIECE;
        await readPiece(source, 300 * MIB + slow);
        await readPiece(source, 350 * MIB + slow);
      }
    };
    await Promise.all([reader(), reader(), reader(), reader()]);
    expect(service.bytes()).toBe(94 * MIB);
  });

  it('keeps what a slow reader has begun while another one reads much', async () => {
    const service = new SlowService();
    const source = new ReadAhead(400 * MIB, service.fetch);
    source.expect(0, 4 * MIB);
    source.expect(100 * MIB, 160 * MIB);
    await readPiece(source, 0);
    for (let at = 100 * MIB; at < 160 * MIB; at += PIECE) await readPiece(source, at);
    for (let at = PIECE; at < 4 * MIB; at += PIECE) await readPiece(source, at);
    expect(service.asked.filter(({ start }) => start < 4 * MIB)).toEqual([{ start: 0, end: 4 * MIB }]);
  });

  it('serves a second pass over little from what it holds', async () => {
    const service = new SlowService();
    const source = new ReadAhead(400 * MIB, service.fetch);
    source.expect(10 * MIB, 40 * MIB);
    for (const _pass of [1, 2])
      for (let at = 10 * MIB; at < 40 * MIB; at += PIECE) await readPiece(source, at);
    expect(service.bytes()).toBe(30 * MIB);
  });

  it('gives what has come of a piece before the rest of it comes', async () => {
    const source = new ReadAhead(4 * MIB, async (start, _end, take) => {
      take(bytesAt(start, 1000));
      await new Promise(() => undefined);
    });
    source.expect(0, 4 * MIB);
    await readPiece(source, 0, 1000);
  });

  it('tells every reader of a failure, and tries again at the next read', async () => {
    const service = new SlowService();
    const source = new ReadAhead(MIB, service.fetch);
    service.failNext = new Error('gone');
    source.expect(0, MIB);
    const reads = [0, 10, 20].map((at) => source.read(Buffer.alloc(5), at));
    for (const outcome of await Promise.allSettled(reads)) expect(outcome.status).toBe('rejected');
    await readPiece(source, 0);
  });

  it('a failure ahead of the reader ends nothing, and is met when it is read', async () => {
    const service = new SlowService();
    const { fetch } = service;
    let broken = true;
    const flaky = new ReadAhead(8 * MIB, (start, end, take) =>
      start > 0 && broken ? Promise.reject(new Error('gone')) : fetch(start, end, take),
    );
    flaky.expect(0, 8 * MIB);
    await readPiece(flaky, 0);
    await flaky.settle();
    await expect(flaky.read(Buffer.alloc(10), 5 * MIB)).rejects.toThrow('gone');
    broken = false;
    await readPiece(flaky, 5 * MIB);
  });

  it('refuses an answer that is too long or too short', async () => {
    for (const bytes of [9, 11]) {
      const source = new ReadAhead(100, async (_start, _end, take) => take(new Uint8Array(bytes)));
      await expect(source.read(Buffer.alloc(10), 0)).rejects.toMatchObject({ code: 'failed' });
    }
  });
});
