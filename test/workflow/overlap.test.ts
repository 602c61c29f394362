import { mkdir, mkdtempDisposable, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { overlappingTargets, refuseOverlap, sourcesInTargets } from '../../src/workflow/overlap.ts';

describe('refuseOverlap', () => {
  it('refuses an archive inside a storage, also through links, and no other', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'holdfast-test-'));
    const root = join(folder.path, 'root');
    await mkdir(join(root, 'sub'), { recursive: true });
    await symlink(root, join(folder.path, 'link'));
    const storages = [{ name: 'root', location: root }];
    await expect(refuseOverlap(join(root, 'a.zip'), storages)).rejects.toThrow('inside the storage');
    await expect(refuseOverlap(join(root, 'sub', 'a.zip'), storages)).rejects.toThrow('inside the storage');
    await expect(refuseOverlap(join(folder.path, 'link', 'a.zip'), storages)).rejects.toThrow('inside');
    await expect(refuseOverlap(root, storages)).rejects.toThrow('inside');
    await expect(refuseOverlap(join(folder.path, 'root.zip'), storages)).resolves.toBeUndefined();
    await expect(refuseOverlap(join(folder.path, '..a.zip'), storages)).resolves.toBeUndefined();
  });

  it.each([
    ['s3://b/p/x.zip', 's3://b/p', true],
    ['s3://b/p/q/x.zip', 's3://b/p/', true],
    ['s3://b/x.zip', 's3://b', true],
    ['S3://b/p/x.zip?endpoint=http://Host:80/', 's3://b/p?endpoint=http://host', true],
    ['s3://b/p/x.zip?region=one', 's3://b/p?profile=two', true],
    ['s3://b/p', 's3://b/p', false],
    ['s3://b/p.zip', 's3://b/p', false],
    ['s3://other/p/x.zip', 's3://b/p', false],
    ['s3://b/p/x.zip?endpoint=http://host:81', 's3://b/p?endpoint=http://host', false],
    ['/s3/b/p/x.zip', 's3://b/p', false],
    ['s3://b/p/x.zip', '/b', false],
  ])('with the archive %s and the storage %s: %s', async (archive, location, isInside) => {
    const refusal = refuseOverlap(archive, [{ name: 'uploads', location }]);
    if (isInside) await expect(refusal).rejects.toThrow('inside the storage');
    else await expect(refusal).resolves.toBeUndefined();
  });
});

describe('overlappingTargets', () => {
  it('finds prefixes in prefixes, and no others', async () => {
    const problems = async (...locations: string[]): Promise<number> =>
      (await overlappingTargets(locations.map((location, index) => ({ name: `${index}`, location })))).length;
    expect(await problems('s3://b/p', 's3://b/p/q', '/b/p')).toBe(1);
    expect(await problems('s3://b/p', 's3://b/p/')).toBe(2);
    expect(await problems('s3://b', 's3://b/p')).toBe(1);
    expect(await problems('s3://b/p', 's3://b/pq', 's3://b/q', 's3://c/p')).toBe(0);
  });
});

describe('sourcesInTargets', () => {
  it('finds an archive in a prefix that is replaced', async () => {
    const targets = [{ name: 'uploads', location: 's3://b/p' }];
    const archive = 's3://b/p/backups/x.zip';
    expect(await sourcesInTargets({ archive, keyFile: '/etc/key' }, targets)).toHaveLength(1);
    expect(await sourcesInTargets({ archive: 's3://b/x.zip', keyFile: null }, targets)).toEqual([]);
  });
});
