import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { runVerify } from '../../src/workflow/verify.ts';
import { recordingReporter } from '../support/recording-reporter.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

it('refuses a database that it cannot compare with before it reads an archive', async () => {
  const archive = join(await temporaryFolder(), 'no-archive.zip');
  await writeFile(archive, 'no archive');
  const request = {
    archive,
    key: undefined,
    quick: false,
    stdin: process.stdin,
    env: {},
    reporter: recordingReporter(),
    signal: new AbortController().signal,
  };
  const against = { url: 'oracle://host/app', jobs: 1 };
  await expect(runVerify({ ...request, against })).rejects.toMatchObject({ code: 'usage' });
  await expect(runVerify({ ...request, against: null })).rejects.toMatchObject({ code: 'damaged' });
});
