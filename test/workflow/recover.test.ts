import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { recoverTargets } from '../../src/workflow/recover.ts';
import { recordingReporter } from '../support/recording-reporter.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

it('is told as a problem that a place cannot be looked at, and leaves loads alone then', async () => {
  const folder = await temporaryFolder();
  await symlink('loop', join(folder, 'loop'));
  const location = join(folder, 'loop');
  const found = await recoverTargets(
    {
      archive: 'a.zip',
      keyFile: null,
      database: 'sqlite:nowhere/app.db',
      databaseIsNamed: true,
      skipDatabase: false,
      storages: [{ name: 'uploads', named: true, location }],
      tables: [],
      files: [],
      overwrite: false,
      allowIncomplete: false,
      noOwner: false,
      noPrivileges: false,
      definer: null,
      jobs: 1,
      env: { XDG_STATE_HOME: folder },
      reporter: recordingReporter(),
      signal: new AbortController().signal,
      dryRun: false,
    },
    'sqlite:nowhere/app.db',
  );
  expect(found.recovered).toEqual([]);
  expect(found.problems).toEqual([
    { message: expect.stringContaining(`cannot look at ${location}`), hint: expect.any(String) },
  ]);
});
