import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { AtomicFile, renameIntoVacancy } from '../../src/location/atomic-file.ts';
import { writeAll } from '../../src/location/file-writer.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

let folder: string;

beforeEach(async () => {
  folder = await temporaryFolder();
});

describe('AtomicFile', () => {
  it('lets exactly one of many win a name', async () => {
    const path = join(folder, 'name');
    const attempts = Array.from({ length: 20 }, async (_, number) => {
      const file = await AtomicFile.create(path, { overwrite: false, mode: 0o600 });
      await writeAll(file.handle, Buffer.from(`${number}`));
      await file.sync();
      try {
        await file.publish();
        return number;
      } catch {
        await file.discard();
        return undefined;
      }
    });
    const winners = (await Promise.all(attempts)).filter((number) => number !== undefined);
    expect(winners).toHaveLength(1);
    expect(await readFile(path, 'utf8')).toBe(String(winners[0]));
    expect(await readdir(folder)).toEqual(['name']);
  });

  it('takes back a name that it gave', async () => {
    const file = await AtomicFile.create(join(folder, 'name'), { overwrite: false, mode: 0o600 });
    await file.sync();
    await file.publish();
    await file.retract();
    expect(await readdir(folder)).toEqual([]);
  });

  it('does not take away a file that it did not make', async () => {
    const file = await AtomicFile.create(join(folder, 'name'), { overwrite: false, mode: 0o600 });
    await file.sync();
    await writeFile(join(folder, 'name'), 'old');
    await expect(file.publish()).rejects.toMatchObject({ code: 'usage' });
    await file.retract();
    await file.discard();
    expect(await readdir(folder)).toEqual(['name']);
  });
});

describe('renameIntoVacancy', () => {
  it('renames', async () => {
    await writeFile(join(folder, 'from'), 'new');
    await renameIntoVacancy(join(folder, 'from'), join(folder, 'to'));
    expect(await readdir(folder)).toEqual(['to']);
    expect(await readFile(join(folder, 'to'), 'utf8')).toBe('new');
  });

  it('never replaces', async () => {
    await writeFile(join(folder, 'from'), 'new');
    await writeFile(join(folder, 'to'), 'old');
    await expect(renameIntoVacancy(join(folder, 'from'), join(folder, 'to'))).rejects.toMatchObject({
      code: 'usage',
    });
    expect(await readFile(join(folder, 'to'), 'utf8')).toBe('old');
  });

  it('gives the name back when the rename fails', async () => {
    await expect(renameIntoVacancy(join(folder, 'missing'), join(folder, 'to'))).rejects.toMatchObject({
      code: 'ENOENT',
    });
    expect(await readdir(folder)).toEqual([]);
  });
});
