import { chmod, mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { localStorage } from '../../../src/storage/local/local.ts';
import { findPlace } from '../../../src/storage/local/place.ts';
import { recordingReporter } from '../../support/recording-reporter.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { required } from '../../support/tools.ts';
import { asUnprivileged } from './unprivileged.ts';

describe('findPlace', () => {
  it('names the place to which no path leads, and says what to do', async () => {
    const folder = await temporaryFolder();
    await symlink('loop', join(folder, 'loop'));
    const cases = [
      [join(folder, 'loop'), 'symlinks lead in a circle'],
      [join(folder, 'loop', 'to'), 'symlinks lead in a circle'],
      [join(folder, 'n'.repeat(300)), 'too long'],
      [join(folder, 'n'.repeat(300), 'to'), 'too long'],
    ] as const;
    for (const [location, why] of cases) {
      const refusal = {
        code: 'failed',
        message: expect.stringMatching(new RegExp(`^cannot look at ${location}: .*${why}`)),
        hint: expect.any(String),
      };
      await expect(findPlace(location)).rejects.toMatchObject(refusal);
      await expect(localStorage.concerns({ target: folder }, location)).rejects.toMatchObject(refusal);
      const search = { env: {}, reporter: recordingReporter(), signal: new AbortController().signal };
      await expect(localStorage.journalStores(location, search)).rejects.toMatchObject(refusal);
    }
  });

  it('says that it may not look below a directory', async (context) => {
    const folder = await temporaryFolder();
    const location = join(folder, 'closed', 'to');
    await mkdir(join(folder, 'closed'));
    await chmod(join(folder, 'closed'), 0o000);
    const output = required(context, await asUnprivileged(folder, 'preflight', location, '1'));
    expect(output).toBe(`cannot look at ${location}: permission denied\n`);
  });
});
