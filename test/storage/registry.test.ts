import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { findStorage } from '../../src/storage/registry.ts';

describe('findStorage', () => {
  it.each(['/srv/uploads', 'uploads', './s3', '.', 'C:\\uploads', 'a:b', '//host/share'])(
    'takes %s for a local directory',
    async (location) => {
      expect((await findStorage(location)).kind).toBe('local');
    },
  );

  it.each(['s3://bucket', 's3:/bucket', 'S3://bucket/a b/', 's3://bucket/p?endpoint=http://localhost:9000'])(
    'takes %s for objects in S3',
    async (location) => {
      expect((await findStorage(location)).kind).toBe('s3');
    },
  );

  it('loads no package to find out whose a location is', async () => {
    const registry = new URL('../../src/storage/registry.ts', import.meta.url);
    const program = `
      import { registerHooks } from 'node:module';
      const loaded = [];
      registerHooks({ load(url, context, next) { loaded.push(url); return next(url, context); } });
      const { findStorage } = await import(${JSON.stringify(registry.href)});
      for (const location of ['s3://bucket/p', '/srv/uploads']) {
        const storage = await findStorage(location);
        storage.nameOf(location);
      }
      console.log(JSON.stringify(loaded));
    `;
    const { stdout } = await promisify(execFile)('node', ['--input-type=module', '--eval', program]);
    const loaded = JSON.parse(stdout) as string[];
    expect(loaded.some((url) => url.includes('/storage/s3/'))).toBe(true);
    expect(loaded.filter((url) => url.includes('/node_modules/'))).toEqual([]);
  });

  it.each([
    ['ftp://host/path', 'unknown storage ftp://'],
    ['file:///srv/uploads', 'unknown storage file://'],
    ['s4://bucket', 's3://bucket/prefix'],
    ['x+y://user:secret@host/', 'unknown storage x+y://'],
  ])('refuses %s', async (location, message) => {
    const refusal = findStorage(location);
    await expect(refusal).rejects.toMatchObject({ code: 'usage', message: expect.stringContaining(message) });
    await expect(refusal).rejects.toMatchObject({ message: expect.not.stringContaining('secret') });
  });

  it('refuses an empty location, which would be the working directory', async () => {
    await expect(findStorage('')).rejects.toMatchObject({ code: 'usage' });
  });
});
