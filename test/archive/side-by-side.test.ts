import { randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { checkEntries } from '../../src/archive/check-entries.ts';
import { openArchive } from '../../src/archive/reader.ts';
import type { ByteSource } from '../../src/core/byte-source.ts';
import { checkArchive } from '../../src/workflow/check-archive.ts';
import { recordingReporter } from '../support/recording-reporter.ts';
import { EditedArchive } from './edited-archive.ts';
import { assemble, takeApart } from './forge.ts';
import { addSampleStorage, memorySource, sampleArchive, smallArchive } from './sample.ts';

/** So many bytes of a file are read by themselves; fewer together with what follows. */
const FILE_BYTES = 600_000;
const NAMES = ['f0', 'f1', 'f2', 'f3', 'f4', 'f5', 'f6', 'f7'];

const manyFiles = (fileBytes = FILE_BYTES): Promise<Buffer> =>
  smallArchive(async (writer) => ({
    storages: [
      await addSampleStorage(
        writer,
        NAMES.map((name) => ({
          path: Buffer.from(name),
          content: randomBytes(fileBytes),
          method: 'store',
          streamed: false,
        })),
      ),
    ],
  }));

/** Changes a byte of the content of each of those files. */
async function damage(zip: Buffer, names: readonly string[], fileBytes = FILE_BYTES): Promise<Buffer> {
  const archive = await openArchive(memorySource(zip));
  const changed = Buffer.from(zip);
  for (const name of names) {
    const { offset } = archive.entry(`storage/uploads/${name}`) as unknown as { offset: number };
    changed[offset + fileBytes / 2]! ^= 1;
  }
  return changed;
}

/** Waits until whatever can begin has begun. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** Ends the reads of large pieces that are under way together in the reverse order. */
function backwards(source: ByteSource): ByteSource {
  let waiting: (() => void)[] = [];
  return {
    ...source,
    read: async (target, position) => {
      if (target.length < FILE_BYTES) return source.read(target, position);
      const turn = new Promise<void>((resolve) => waiting.push(resolve));
      if (waiting.length === 1) {
        void settled().then(async () => {
          const together = waiting.toReversed();
          waiting = [];
          for (const resume of together) {
            resume();
            await settled();
          }
        });
      }
      await turn;
      return source.read(target, position);
    },
  };
}

describe('entries checked side by side', () => {
  it.each([
    [['f1', 'f3'], 'f1'],
    [['f3', 'f2'], 'f2'],
    [NAMES, 'f0'],
  ])('damage in %j is told of the first, whichever is read first', async (names, first) => {
    for (const fileBytes of [FILE_BYTES, 1000]) {
      const zip = await damage(await manyFiles(fileBytes), names, fileBytes);
      for (const source of [memorySource(zip), backwards(memorySource(zip))]) {
        const archive = await openArchive(source);
        await expect(checkEntries(archive, () => undefined)).rejects.toMatchObject({
          code: 'damaged',
          message: `test.zip is damaged: its entry "storage/uploads/${first}" has another CRC-32 than its directory says.`,
        });
      }
    }
  });

  it('small ones come one after the other, each with its own content', async () => {
    const archive = await openArchive(memorySource(await manyFiles(1000)));
    const seen: [string, boolean][] = [];
    await checkEntries(archive, (entry, content) => {
      if (!NAMES.includes(entry.name.slice(-2)) || !Buffer.isBuffer(content)) return undefined;
      seen.push([entry.name.slice(-2), content.length === 1000 && crc32(content) === entry.crc32]);
      return undefined;
    });
    expect(seen).toEqual(NAMES.map((name) => [name, true]));
  });

  it('a line of SHA256SUMS that is wrong is told before damage behind it', async () => {
    const edited = new EditedArchive(takeApart(await manyFiles(1000)));
    edited.writeSums(Buffer.from(edited.read('SHA256SUMS').toString().replace('uploads/f2', 'uploads/g2')));
    const zip = await damage(assemble(edited.zip), ['f3'], 1000);
    const check = checkEntries(await openArchive(memorySource(zip)), () => undefined);
    await expect(check).rejects.toThrow('does not list "storage/uploads/f2" where it stands');
  });

  it('a line of the index that is wrong is told before damage behind it', async () => {
    const edited = new EditedArchive(takeApart(await manyFiles(1000)));
    const index = edited.read('storage/uploads.jsonl').toString().replace('"size":1000', '"size":1001');
    edited.writeListed('storage/uploads.jsonl', Buffer.from(index));
    const zip = await damage(assemble(edited.zip), ['f1'], 1000);
    const check = checkEntries(await openArchive(memorySource(zip)), () => undefined);
    await expect(check).rejects.toThrow('index does not have "storage/uploads/f0" as it is');
  });

  it('are eight, and none is under way when the check ends', async () => {
    const zip = await damage(await manyFiles(), ['f0']);
    const archive = await openArchive(memorySource(zip));
    let on = 0;
    let most = 0;
    const visit = async (): Promise<void> => {
      most = Math.max(most, ++on);
      await settled();
      on--;
    };
    await expect(checkEntries(archive, visit)).rejects.toThrow('"storage/uploads/f0"');
    expect(on).toBe(0);
    await expect(checkEntries(await openArchive(memorySource(await manyFiles())), visit)).resolves.toBe(
      undefined,
    );
    expect(most).toBe(8);
  });

  it('tells of the first of two damaged parts', async () => {
    const archive = new EditedArchive(takeApart(await sampleArchive()));
    for (const part of ['000001', '000002'])
      archive.writeListed(`database/data/app.users/${part}.copy.zst`, Buffer.from('no frame'));
    const opened = await openArchive(memorySource(assemble(archive.zip)));
    const check = checkArchive(opened, recordingReporter(), new AbortController().signal);
    await expect(check).rejects.toMatchObject({
      code: 'damaged',
      message: 'database/data/app.users/000001.copy.zst is no valid zstd frame.',
    });
  });
});
