import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { checkEntries, readIndex } from '../../src/archive/check-entries.ts';
import { openArchive } from '../../src/archive/reader.ts';
import { decodeScript } from '../../src/archive/sql-script.ts';
import { HoldfastError } from '../../src/core/errors.ts';
import { SAMPLE_FILES, SAMPLE_LINKS, memorySource, sampleArchive, sha256 } from './sample.ts';

describe('an archive that was written and is read again', () => {
  it('has its entries in order, with manifest and checksums last', async () => {
    const archive = await openArchive(memorySource(await sampleArchive()));
    const names = Array.from(archive.entries, ({ name }) => name);
    expect(names.slice(0, 4)).toEqual([
      'database/pre-data.sql',
      'database/data/app.users/load.sql',
      'database/data/app.users/000001.copy.zst',
      'database/data/app.users/000002.copy.zst',
    ]);
    expect(names.slice(-5)).toEqual([
      'storage/uploads.jsonl',
      'RESTORE.md',
      'restore.sh',
      'SHA256SUMS',
      'manifest.json',
    ]);
    expect(archive.manifest.database?.facts).toMatchObject({ engine: 'postgres', extra: { a: 1 } });
    expect(archive.entry('storage/uploads/empty folder')?.type).toBe('directory');
    expect(archive.entry('storage/uploads/link')?.type).toBe('symlink');
    expect(archive.entry('nothing')).toBeUndefined();
  });

  it('gives back every byte', async () => {
    const archive = await openArchive(memorySource(await sampleArchive()));
    const found: { path: string; content: string }[] = [];
    for await (const item of readIndex(archive, 'uploads')) {
      if (item.type !== 'file') continue;
      const content = Buffer.concat(await Array.fromAsync(archive.open(archive.entry(item.entry)!)));
      expect(item.content).toEqual({ size: content.length, sha256: sha256(content) });
      found.push({ path: item.path.toString('latin1'), content: content.toString('latin1') });
    }
    expect(found).toEqual(
      SAMPLE_FILES.map(({ path, content }) => ({
        path: path.toString('latin1'),
        content: content.toString('latin1'),
      })),
    );
    const script = archive.open(archive.entry('database/pre-data.sql')!);
    expect(await Array.fromAsync(decodeScript(script, 'pre-data.sql'))).toHaveLength(2);
  });

  it('keeps the bytes of links in the index and spells them portably in the zip', async () => {
    const archive = await openArchive(memorySource(await sampleArchive()));
    const items = await Array.fromAsync(readIndex(archive, 'uploads'));
    expect(items.filter((item) => item.type === 'symlink').map((item) => item.target)).toEqual(
      SAMPLE_LINKS.map(({ target }) => target),
    );
    expect(await text(archive.open(archive.entry('storage/uploads/odd link')!))).toBe('latin1-%E9%FF%2541');
  });

  it('passes the check of all entries, whatever the visitor reads', async () => {
    const archive = await openArchive(memorySource(await sampleArchive()));
    const visited: string[] = [];
    await checkEntries(archive, async (entry, content) => {
      visited.push(entry.name);
      const chunks = Buffer.isBuffer(content) ? Readable.from([content]) : content;
      if (visited.length % 3 === 0) await text(chunks);
      if (visited.length % 3 === 1) for await (const _ of chunks) break;
    });
    const files = [...archive.entries].filter(({ type }) => type === 'file').map(({ name }) => name);
    expect(visited.toSorted()).toEqual(files.slice(0, -2).toSorted());
  });

  it('lets an entry be left before its end', async () => {
    const archive = await openArchive(memorySource(await sampleArchive()));
    for (const name of ['storage/uploads/a.txt', 'storage/uploads/deep/er/random.bin']) {
      for await (const chunk of archive.open(archive.entry(name)!)) {
        expect(chunk.length).toBeGreaterThan(0);
        break;
      }
      archive.open(archive.entry(name)!).destroy();
    }
  });

  it('passes on what its source throws', async () => {
    const bytes = await sampleArchive();
    const source = memorySource(bytes);
    let sound = true;
    const archive = await openArchive({
      ...source,
      read: (target, position) =>
        sound ? source.read(target, position) : Promise.reject(new HoldfastError('key', 'wrong key')),
    });
    sound = false;
    for (const name of ['storage/uploads/a.txt', 'storage/uploads/deep/er/random.bin']) {
      await expect(text(archive.open(archive.entry(name)!))).rejects.toMatchObject({ code: 'key' });
    }
    const broken = { ...source, read: () => Promise.reject(new HoldfastError('key', 'wrong key')) };
    await expect(openArchive(broken)).rejects.toMatchObject({ code: 'key' });
  });

  it('passes on what its source throws in the middle of an entry', async () => {
    const bytes = await sampleArchive();
    const source = memorySource(bytes);
    let reads = Number.POSITIVE_INFINITY;
    const archive = await openArchive({
      ...source,
      read: (target, position) =>
        reads-- > 0 ? source.read(target, position) : Promise.reject(new HoldfastError('failed', 'gone')),
    });
    // Its header is one read, and is kept then; its data is another.
    const entry = archive.entry('storage/uploads/deep/er/random.bin')!;
    reads = 1;
    await expect(text(archive.open(entry))).rejects.toMatchObject({ message: 'gone' });
    reads = 0;
    await expect(text(archive.open(entry))).rejects.toMatchObject({ message: 'gone' });
    reads = 1;
    await text(archive.open(entry));
  });
});
