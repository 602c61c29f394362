import { expect, it } from 'vitest';
import { thisProcess } from '../../../src/core/process-identity.ts';
import { s3Storage } from '../../../src/storage/s3/s3.ts';
import { journalsFor } from '../../../src/workflow/journal/find-journals.ts';
import { writeJournal } from '../../../src/workflow/journal/stored-journal.ts';
import { s3OfFile } from '../../servers/s3-of-file.ts';
import { recordingReporter } from '../../support/recording-reporter.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const s3 = s3OfFile();

it('a journal in a bucket that a host reached by another endpoint stands in the way', async () => {
  const { server } = s3;
  const location = server.url(await server.newBucket(), 'uploads');
  const elsewhere = location.replace(server.endpoint, 'http://s3.internal:9000');
  const env = { XDG_STATE_HOME: await temporaryFolder() };
  const { signal } = new AbortController();
  const [store] = await s3Storage.journalStores(location, { signal });
  const record = { target: elsewhere, token: '0123456789ab', replace: false };
  await writeJournal(store!, {
    token: '0123456789ab',
    tool: '1.2.3',
    process: thisProcess(),
    archive: 'app.zip',
    started: '2026-01-02T03:04:05.000Z',
    phase: 'swapping',
    storages: [{ kind: 's3', name: elsewhere, record }],
    database: null,
  });
  const reporter = recordingReporter();
  await expect(journalsFor([location], { env, reporter, signal })).rejects.toMatchObject({
    code: 'refused',
    message: expect.stringContaining(`names this place otherwise (${elsewhere})`),
  });
});
