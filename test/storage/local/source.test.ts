import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import type { StorageItem } from '../../../src/storage/storage.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { required } from '../../support/tools.ts';
import { listAll, openSource } from './local-helpers.ts';
import { asUnprivileged } from './unprivileged.ts';

describe('the root', () => {
  it('must exist, and be a directory', async () => {
    const folder = await temporaryFolder();
    const missing = join(folder, 'missing');
    await expect(openSource(missing)).rejects.toMatchObject({
      code: 'failed',
      message: `storage directory ${missing} does not exist`,
    });
    await writeFile(join(folder, 'file'), '');
    await expect(openSource(join(folder, 'file'))).rejects.toMatchObject({
      code: 'failed',
      message: `storage directory ${join(folder, 'file')} is not a directory`,
    });
  });

  it('may be a symlink to a directory', async () => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, 'real'));
    await writeFile(join(folder, 'real', 'f'), 'x');
    await symlink('real', join(folder, 'link'));
    const source = await openSource(join(folder, 'link'));
    const { items, paths } = await listAll(source);
    expect(source.name).toBe(join(folder, 'link'));
    expect(paths).toEqual(['f']);
    expect((await buffer((await source.open(items[0] as StorageItem)).content)).toString()).toBe('x');
  });

  it('must be readable', async (context) => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, 'closed'), { mode: 0o000 });
    const output = required(context, await asUnprivileged(folder, 'list', join(folder, 'closed')));
    expect(output).toMatch(/storage directory .*closed cannot be read: permission denied/);
  });
});
