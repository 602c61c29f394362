import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import type { Manifest } from '../../src/archive/manifest.ts';
import { openArchive } from '../../src/archive/reader.ts';
import { createArchiveWriter } from '../../src/archive/writer.ts';
import type { ByteSource } from '../../src/core/byte-source.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { required, runTool, tool } from '../support/tools.ts';
import { MemorySink, addKit, emptyManifest, memorySource, sha256 } from './sample.ts';

const storageOf = (files: number, bytes: number): Pick<Manifest, 'storages'> => ({
  storages: [
    { name: 'x', kind: 'local', location: '/x', root: null, files, directories: 0, symlinks: 0, bytes },
  ],
});

describe('65,535 entries, the number that zip64 uses as its mark', () => {
  it('is read here and elsewhere', { timeout: 120_000 }, async (context) => {
    const sink = new MemorySink();
    const writer = createArchiveWriter(sink);
    // The index, the two of the kit, SHA256SUMS and the manifest make up the rest.
    const files = 65_535 - 5;
    const lines: string[] = [];
    for (let index = 0; index < files; index++) {
      const path = `f${index}`;
      const { size, sha256: digest } = await writer.add(`storage/x/${path}`, Buffer.from(path), {
        method: 'store',
      });
      lines.push(`${JSON.stringify({ path, type: 'file', size, sha256: digest })}\n`);
    }
    await writer.add('storage/x.jsonl', Buffer.from(lines.join('')), { method: 'deflate' });
    await addKit(writer, null);
    const bytes = Array.from({ length: files }, (_, index) => `f${index}`).join('').length;
    await writer.finish((facts) => ({ ...emptyManifest(facts), ...storageOf(files, bytes) }));
    const zip = sink.bytes();
    const archive = await openArchive(memorySource(zip));
    expect(archive.entries).toHaveLength(65_535);
    expect(await text(archive.open(archive.entry('storage/x/f65000')!))).toBe('f65000');

    const unzip = required(context, await tool('unzip'));
    const path = join(await temporaryFolder(), 'many.zip');
    const file = await open(path, 'w');
    await file.writeFile(zip);
    await file.close();
    await runTool(unzip, ['-tqq', path]);
  });
});

/** A sink and source that keeps only chunks that are not all zeros: gigabytes of zeros take no room. */
class SparseStore extends Writable {
  readonly #zeros = Buffer.alloc(1024 * 1024);
  readonly chunks: { readonly position: number; readonly bytes: Buffer }[] = [];
  size = 0;

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    if (chunk.length > this.#zeros.length || !this.#zeros.subarray(0, chunk.length).equals(chunk)) {
      this.chunks.push({ position: this.size, bytes: Buffer.from(chunk) });
    }
    this.size += chunk.length;
    done();
  }

  source(): ByteSource {
    return {
      name: 'sparse.zip',
      size: this.size,
      close: () => Promise.resolve(),
      read: (target, position) => {
        const length = Math.max(0, Math.min(target.length, this.size - position));
        target.fill(0, 0, length);
        for (const chunk of this.chunks) {
          const start = chunk.position - position;
          if (start >= length || start + chunk.bytes.length <= 0) continue;
          const piece = chunk.bytes.subarray(Math.max(0, -start), length - start);
          target.set(piece, Math.max(0, start));
        }
        return Promise.resolve(length);
      },
    };
  }
}

describe('more than 4 GiB', () => {
  it(
    'in one entry, and entries behind it, are read here and elsewhere',
    { timeout: 300_000 },
    async (context) => {
      const size = 2 ** 32 + 5;
      const zeros = async function* (): AsyncGenerator<Buffer, void, void> {
        const block = Buffer.alloc(1024 * 1024);
        for (let left = size; left > 0; left -= block.length)
          yield left < block.length ? block.subarray(0, left) : block;
      };
      const store = new SparseStore();
      const writer = createArchiveWriter(store);
      const big = await writer.add('storage/x/big', zeros(), { method: 'store' });
      const behind = await writer.add('storage/x/behind', Buffer.from('behind'), { method: 'store' });
      const index = [
        { path: 'big', type: 'file', ...big },
        { path: 'behind', type: 'file', ...behind },
      ];
      await writer.add(
        'storage/x.jsonl',
        Buffer.from(index.map((line) => `${JSON.stringify(line)}\n`).join('')),
        {
          method: 'deflate',
        },
      );
      await addKit(writer, null);
      await writer.finish((facts) => ({ ...emptyManifest(facts), ...storageOf(2, size + 6) }));
      expect(behind.sha256).toBe(sha256('behind'));

      const archive = await openArchive(store.source());
      expect(archive.entry('storage/x/big')?.size).toBe(size);
      expect(await text(archive.open(archive.entry('storage/x/behind')!))).toBe('behind');
      let bytes = 0;
      for await (const chunk of archive.open(archive.entry('storage/x/big')!))
        bytes += (chunk as Buffer).length;
      expect(bytes).toBe(size);

      const python = required(context, await tool('python3'));
      const path = join(await temporaryFolder(), 'big.zip');
      const file = await open(path, 'w');
      await file.truncate(store.size);
      for (const chunk of store.chunks) {
        await file.write(chunk.bytes, 0, chunk.bytes.length, chunk.position);
      }
      await file.close();
      const script =
        'import sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); print(z.getinfo("storage/x/big").file_size, z.read("storage/x/behind"))';
      const { stdout } = await runTool(python, ['-c', script, path]);
      expect(stdout.toString().trim()).toBe(`${size} b'behind'`);
    },
  );
});
