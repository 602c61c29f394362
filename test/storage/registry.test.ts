import { describe, expect, it } from 'vitest';
import { findStorage } from '../../src/storage/registry.ts';

describe('findStorage', () => {
  it.each(['/srv/uploads', 'uploads', './s3', '.', 'C:\\uploads', 'a:b', '//host/share'])(
    'takes %s for a local directory',
    async (location) => {
      expect((await findStorage(location)).kind).toBe('local');
    },
  );

  it.each([
    ['ftp://host/path', 'unknown storage ftp://'],
    ['file:///srv/uploads', 'unknown storage file://'],
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
