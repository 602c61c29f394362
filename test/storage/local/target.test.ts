import { chmod, chown, mkdir, readdir, readlink, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { bytePath, fileItem, openTarget, putAll } from './local-helpers.ts';

describe('a target that is there', () => {
  it('counts as empty with nothing but leftovers and lost+found', async () => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, '.holdfast-staging-0123456789ab'));
    await mkdir(join(folder, 'lost+found'));
    expect(await (await openTarget(folder)).isEmpty()).toBe(true);
    await mkdir(join(folder, '.holdfast-old-0123456789ab'));
    expect(await (await openTarget(folder)).isEmpty()).toBe(false);
  });

  it('keeps its mode and owner', async (context) => {
    if (process.platform === 'win32') return context.skip('Windows has no modes');
    const folder = await temporaryFolder();
    const to = join(folder, 'to');
    await mkdir(to);
    if (process.geteuid?.() === 0) await chown(to, 4321, 4322);
    await chmod(to, 0o2750);
    const { uid, gid } = await stat(to);
    await putAll(to, [fileItem('f')]);
    expect(await stat(to)).toMatchObject({ uid, gid, mode: 0o042750 });
    expect(await readdir(folder)).toEqual(['to']);
  });

  it('may be a symlink, which stays one', async () => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, 'disk', 'real'), { recursive: true });
    await symlink('disk/real', join(folder, 'to'));
    await putAll(join(folder, 'to'), [fileItem('f')]);
    expect(await readlink(join(folder, 'to'))).toBe('disk/real');
    expect(await readdir(join(folder, 'disk'))).toEqual(['real']);
    expect(await readdir(join(folder, 'disk', 'real'))).toEqual(['f']);
  });

  it('brings it back when the swap fails half-way', async () => {
    const folder = await temporaryFolder();
    const to = join(folder, 'to');
    await mkdir(to);
    await writeFile(join(to, 'old'), '');
    const target = await openTarget(to);
    await target.begin();
    await target.finish(null);
    await target.discard();
    await expect(target.swap()).rejects.toMatchObject({ code: 'failed' });
    expect(await readdir(to)).toEqual(['old']);
    expect(await readdir(folder)).toEqual(['to']);
  });

  it('drops old files whatever their names and modes', async () => {
    const folder = await temporaryFolder();
    const to = join(folder, 'to');
    await mkdir(join(to, 'closed'), { recursive: true });
    const odd = process.platform === 'linux' ? Buffer.from([0xff, 0x80]) : Buffer.from('A');
    await writeFile(bytePath(join(to, 'closed'), odd), '');
    await symlink(folder, join(to, 'up'));
    await writeFile(join(folder, 'bystander'), 'kept');
    await chmod(join(to, 'closed'), 0o000);
    await putAll(to, [fileItem('f')]);
    expect(await readdir(folder)).toEqual(['bystander', 'to']);
    expect(await readdir(to)).toEqual(['f']);
  });
});
