import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { archiveName, resolveArchivePath } from '../../src/workflow/archive-name.ts';
import { refuseOverlap } from '../../src/workflow/overlap.ts';

const time = new Date('2026-01-02T03:04:05.678Z');

describe('archiveName', () => {
  it('is the subject and the time in UTC', () => {
    expect(archiveName('app', time, false)).toBe('app-20260102T030405Z.zip');
    expect(archiveName('app', time, true)).toBe('app-20260102T030405Z.zip.crypt');
  });

  it('makes a plain file name of any subject', () => {
    expect(archiveName('../ü 🐘/x', time, false)).toBe('_x-20260102T030405Z.zip');
    expect(archiveName('-rf', time, false)).toBe('rf-20260102T030405Z.zip');
    expect(archiveName('日本', time, false)).toBe('_-20260102T030405Z.zip');
  });
});

describe('resolveArchivePath', () => {
  it('puts the generated name into an existing directory, and leaves any other path alone', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'holdfast-test-'));
    expect(await resolveArchivePath(folder.path, 'x.zip')).toBe(join(folder.path, 'x.zip'));
    expect(await resolveArchivePath(join(folder.path, 'new.zip'), 'x.zip')).toBe(
      join(folder.path, 'new.zip'),
    );
  });
});

describe('refuseOverlap', () => {
  it('refuses an archive inside a storage, also through links, and no other', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'holdfast-test-'));
    const { mkdir, symlink } = await import('node:fs/promises');
    const root = join(folder.path, 'root');
    await mkdir(join(root, 'sub'), { recursive: true });
    await symlink(root, join(folder.path, 'link'));
    const storages = [{ name: 'root', location: root }];
    await expect(refuseOverlap(join(root, 'a.zip'), storages)).rejects.toThrow(
      'inside the storage directory',
    );
    await expect(refuseOverlap(join(root, 'sub', 'a.zip'), storages)).rejects.toThrow(
      'inside the storage directory',
    );
    await expect(refuseOverlap(join(folder.path, 'link', 'a.zip'), storages)).rejects.toThrow('inside');
    await expect(refuseOverlap(root, storages)).rejects.toThrow('inside');
    await expect(refuseOverlap(join(folder.path, 'root.zip'), storages)).resolves.toBeUndefined();
    await expect(refuseOverlap(join(folder.path, '..a.zip'), storages)).resolves.toBeUndefined();
  });
});
