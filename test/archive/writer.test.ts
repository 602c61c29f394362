import { createReadStream } from 'node:fs';
import { once } from 'node:events';
import { Readable, Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { crc32, inflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { EntryContentError } from '../../src/archive/archive.ts';
import { checkEntries } from '../../src/archive/check-entries.ts';
import { chooseMethod, pack } from '../../src/archive/compression.ts';
import { openArchive } from '../../src/archive/reader.ts';
import { createArchiveWriter } from '../../src/archive/writer.ts';
import {
  MemorySink,
  addKit,
  emptyManifest,
  memorySource,
  sampleArchive,
  sha256,
  smallArchive,
  streamOf,
} from './sample.ts';

const storage = (files: number, bytes: number): { storages: object[] } => ({
  storages: [
    { name: 'x', kind: 'local', location: '/x', root: null, files, directories: 0, symlinks: 0, bytes },
  ],
});

describe('writing an archive', () => {
  it('tells size and SHA-256 of what went in', async () => {
    await smallArchive(async (writer) => {
      const expected = { size: 5, sha256: sha256('hello') };
      expect(await writer.add('storage/x/1', Buffer.from('hello'), { method: 'store' })).toEqual(expected);
      expect(await writer.add('storage/x/2', Buffer.from('hello'), { method: 'deflate' })).toEqual(expected);
      const stream = Readable.from([Buffer.from('he'), Buffer.from('llo')]);
      expect(await writer.add('storage/x/3', stream, { method: 'store' })).toEqual(expected);
      const chunks = streamOf(Buffer.from('hel'), Buffer.from('lo'));
      expect(await writer.add('storage/x/4', chunks, { method: 'deflate' })).toEqual(expected);
    });
  });

  it('puts sizes into the local header of a stored buffer, and behind a stream', async () => {
    const bytes = await smallArchive(async (writer) => {
      await writer.add('storage/x/1', Buffer.from('hello'), { method: 'store' });
      await writer.add('storage/x/2', streamOf(Buffer.from('hello')), { method: 'store' });
    });
    expect(bytes.readUInt16LE(6) & 8).toBe(0);
    expect(bytes.readUInt32LE(22)).toBe(5);
    const second = bytes.indexOf('PK\x03\x04', 1);
    expect(bytes.readUInt16LE(second + 6) & 8).toBe(8);
    expect(bytes.indexOf('PK\x07\x08')).toBe(second + 30 + 'storage/x/2'.length + 5);
  });

  it('puts the sizes of a deflated buffer before it too, deflated here or before', async () => {
    const content = Buffer.from('hello '.repeat(1000));
    const bytes = await smallArchive(async (writer) => {
      await writer.add('storage/x/1', content, { method: 'deflate' });
      await writer.add('storage/x/2', content, await pack(content));
    });
    for (const start of [0, bytes.indexOf('PK\x03\x04', 1)]) {
      expect(bytes.readUInt16LE(start + 6) & 8).toBe(0);
      expect(bytes.readUInt16LE(start + 8)).toBe(8);
      expect(bytes.readUInt32LE(start + 14)).toBe(crc32(content));
      expect(bytes.readUInt32LE(start + 22)).toBe(6000);
      const data = start + 30 + 'storage/x/1'.length;
      const deflated = bytes.subarray(data, data + bytes.readUInt32LE(start + 18));
      expect(inflateRawSync(deflated).equals(content)).toBe(true);
    }
    expect(bytes.indexOf('PK\x03\x04', 1)).toBeLessThan(200);
  });

  it('writes packed entries at one go, and needs their data no longer then', async () => {
    const content = Buffer.from('hello '.repeat(10_000));
    const { size, crc32: crc } = { size: content.length, crc32: crc32(content) };
    const packed = { method: 'store' as const, size, crc32: crc, sha256: sha256(content), data: [content] };
    const bytes = await smallArchive(async (writer) => {
      await writer.addAll([
        { type: 'directory', name: 'storage/x/d', mode: 0o700 },
        { type: 'file', name: 'storage/x/d/f', content: packed },
        { type: 'symlink', name: 'storage/x/d/l', target: Buffer.from('f') },
      ]);
      content.fill(0);
      const lines = [
        { path: 'd', type: 'directory' },
        { path: 'd/f', type: 'file', size, sha256: packed.sha256 },
        { path: 'd/l', type: 'symlink', target: 'f' },
      ].map((line) => `${JSON.stringify(line)}\n`);
      await writer.add('storage/x.jsonl', Buffer.from(lines.join('')), { method: 'store' });
      return {
        storages: [{ ...storage(1, size).storages[0], directories: 1, symlinks: 1 }],
      } as never;
    });
    await checkEntries(await openArchive(memorySource(bytes)), () => Promise.resolve());
  });

  it('keeps small archives free of zip64', async () => {
    expect((await sampleArchive()).indexOf('PK\x06\x06')).toBe(-1);
  });

  it('queues calls and does them in order', async () => {
    const sink = new MemorySink();
    const writer = createArchiveWriter(sink);
    const { promise: gate, resolve: openGate } = Promise.withResolvers<void>();
    const slow = async function* (): AsyncGenerator<Buffer, void, void> {
      await gate;
      yield Buffer.from('slow');
    };
    const adds = [
      writer.add('storage/x/slow', slow(), { method: 'store' }),
      writer.add('storage/x/quick', Buffer.from('quick'), { method: 'store' }),
      addKit(writer, null),
    ];
    openGate();
    await Promise.all(adds);
    await writer.finish((facts) => ({ ...emptyManifest(facts), ...storage(2, 9) }) as never);
    expect(sink.bytes().indexOf('slow')).toBeLessThan(sink.bytes().indexOf('quick'));
  });

  it.each(['store', 'deflate'] as const)(
    'ends an entry whose content fails, and stays sound (%s)',
    async (method) => {
      const failing = async function* (): AsyncGenerator<Buffer, void, void> {
        yield Buffer.from('half');
        throw new Error('disk error');
      };
      const bytes = await smallArchive(async (writer) => {
        const error = await writer
          .add('storage/x/a', failing(), { method })
          .catch((reason: unknown) => reason);
        expect(error).toBeInstanceOf(EntryContentError);
        expect(error).toMatchObject({
          added: { size: 4, sha256: sha256('half') },
          cause: { message: 'disk error' },
        });
        const stream = Readable.from(failing(), { objectMode: false });
        await expect(writer.add('storage/x/b', stream, { method })).rejects.toMatchObject({
          added: { size: 4 },
        });
        const missing = createReadStream('/does/not/exist');
        await once(missing, 'error');
        await expect(writer.add('storage/x/c', missing, { method })).rejects.toMatchObject({
          cause: { code: 'ENOENT' },
        });
        await writer.add('storage/x/d', Buffer.from('whole'), { method });
        const lines = ['a', 'b', 'c', 'd'].map((name, index) => {
          const content = ['half', 'half', '', 'whole'][index]!;
          return JSON.stringify({ path: name, type: 'file', size: content.length, sha256: sha256(content) });
        });
        await writer.add('storage/x.jsonl', Buffer.from(`${lines.join('\n')}\n`), { method });
        return storage(4, 13) as never;
      });
      const archive = await openArchive(memorySource(bytes));
      await checkEntries(archive, () => Promise.resolve());
      expect(await text(archive.open(archive.entry('storage/x/d')!))).toBe('whole');
    },
  );

  it('does not mind a stream that fails while it waits', async () => {
    const sink = new MemorySink();
    const writer = createArchiveWriter(sink);
    const { promise: gate, resolve: openGate } = Promise.withResolvers<void>();
    const first = writer.add(
      'a',
      Readable.from(
        (async function* () {
          await gate;
          yield Buffer.from('x');
        })(),
      ),
      { method: 'store' },
    );
    const missing = createReadStream('/does/not/exist');
    const second = writer.add('b', missing, { method: 'store' });
    await new Promise((resolve) => missing.once('close', resolve));
    openGate();
    await first;
    await expect(second).rejects.toBeInstanceOf(EntryContentError);
  });

  it('rejects every call when the output fails, and closes what was handed over', async () => {
    const output = new Writable({ write: (_chunk, _encoding, done) => done(new Error('disk full')) });
    const writer = createArchiveWriter(output);
    let closed = 0;
    const endless = async function* (): AsyncGenerator<Buffer, void, void> {
      try {
        for (;;) yield Buffer.alloc(65_536);
      } finally {
        closed++;
      }
    };
    const waiting = Readable.from(endless());
    // Unlike a generator it gives a new iterator each time.
    const iterable = { [Symbol.asyncIterator]: endless };
    const adds = [
      writer.add('a', iterable, { method: 'store' }),
      writer.add('b', waiting, { method: 'deflate' }),
      writer.add('c', Buffer.from('x'), { method: 'store' }),
      writer.finish(emptyManifest),
    ];
    for (const result of await Promise.allSettled(adds)) {
      expect(result).toMatchObject({ status: 'rejected', reason: { message: 'disk full' } });
    }
    expect(closed).toBe(1);
    expect(waiting.destroyed).toBe(true);
    await expect(writer.addDirectory('d')).rejects.toThrow('disk full');
  });

  it('stops at once when it is aborted', async () => {
    const output = new Writable({ write: () => undefined });
    const closed = new Promise((resolve) => output.once('close', resolve));
    const writer = createArchiveWriter(output);
    const add = writer.add('a', Readable.from([Buffer.alloc(10_000_000)]), { method: 'store' });
    writer.abort(new Error('interrupted'));
    await expect(add).rejects.toThrow('interrupted');
    await expect(writer.finish(emptyManifest)).rejects.toThrow('interrupted');
    await closed;
    expect(output.destroyed).toBe(true);
  });

  it('refuses what comes after the end, and a name that is too long', async () => {
    const writer = createArchiveWriter(new MemorySink());
    const long = writer.add('x'.repeat(70_000), Buffer.alloc(0), { method: 'store' });
    await expect(long).rejects.toMatchObject({
      code: 'failed',
      message: expect.stringContaining('too long'),
    });
    const deep = writer.add('x/'.repeat(520) + 'x', Buffer.alloc(0), { method: 'store' });
    await expect(deep).rejects.toThrow('too long');
    await writer.finish(emptyManifest);
    await expect(writer.add('a', Buffer.alloc(0), { method: 'store' })).rejects.toThrow('is finished');
    writer.abort(new Error('late'));
  });

  it('goes no faster than its output: what waits is bounded', async () => {
    const pending: (() => void)[] = [];
    const output = new Writable({ write: (_chunk, _encoding, done) => void pending.push(done) });
    const writer = createArchiveWriter(output);
    let taken = 0;
    const fill = async (): Promise<void> => {
      for (let index = 0; index < 2000; index++) {
        await writer.add(`storage/x/${index}`, Buffer.alloc(10_000, index), { method: 'store' });
        taken += 10_000;
      }
    };
    const filling = fill();
    filling.catch(() => undefined);
    // The output takes nothing: the writer must come to rest by itself.
    for (let last = -1; last !== taken;) {
      last = taken;
      for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
    }
    expect(taken).toBeGreaterThan(0);
    expect(taken).toBeLessThan(2_000_000);
    writer.abort(new Error('enough'));
    await expect(filling).rejects.toThrow('enough');
  });
});

describe('the method for a file', () => {
  it('is deflate where that saves, else store', async () => {
    expect(await chooseMethod(Buffer.from('hello '.repeat(100)))).toBe('deflate');
    const { randomBytes } = await import('node:crypto');
    expect(await chooseMethod(randomBytes(100_000))).toBe('store');
    expect(await chooseMethod(Buffer.alloc(0))).toBe('store');
    expect(await chooseMethod(Buffer.concat([randomBytes(65_536), Buffer.alloc(1_000_000)]))).toBe('store');
  });
});
