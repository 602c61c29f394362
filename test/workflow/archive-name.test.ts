import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { archiveName, resolveArchivePath } from '../../src/workflow/archive-name.ts';

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
    const belowFile = join(process.execPath, 'x.zip');
    expect(await resolveArchivePath(belowFile, 'y.zip')).toBe(belowFile);
  });

  it.each([
    ['s3://bucket', 's3://bucket/x.zip'],
    ['s3://bucket/', 's3://bucket/x.zip'],
    ['s3://bucket/a b/?region=r', 's3://bucket/a%20b/x.zip?region=r'],
    ['s3://bucket/a/b', 's3://bucket/a/b'],
    ['s3://bucket/a//', 's3://bucket/a//x.zip'],
  ])('makes of %s %s', async (given, resolved) => {
    expect(await resolveArchivePath(given, 'x.zip')).toBe(resolved);
  });
});
