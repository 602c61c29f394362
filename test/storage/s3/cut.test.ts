import { describe, expect, it } from 'vitest';
import type { JournalRecord } from '../../../src/core/journal-record.ts';
import { s3Storage } from '../../../src/storage/s3/s3.ts';
import type { StorageRecovery, StorageTarget } from '../../../src/storage/storage.ts';
import { s3OfFile } from '../../servers/s3-of-file.ts';
import { s3Error } from '../../support/fault-proxy.ts';
import { recordingReporter } from '../../support/recording-reporter.ts';
import { objectsBelow, type Objects, putObjects, stageObjects, uploadsIn } from './prefix.ts';

/** Of what is in both, one differs, and one has another content type only. */
const OLD: Objects = {
  both: { body: 'old', user: { by: 'old' }, tags: { state: 'old' } },
  'd/old': { body: 'old' },
  typed: { body: 'same', type: 'text/old' },
};
const NEW: Objects = {
  both: { body: 'new', user: { by: 'new' }, tags: { state: 'new' } },
  'e/new': { body: 'new' },
  typed: { body: 'same', type: 'text/new' },
};

const TOKEN = '0123456789ab';
const PREFIX = 'uploads/';

const s3 = s3OfFile();
let bucket: string;

/** Every request after so many is refused for good, as if their sender had ended. */
function cutAfter(requests: number): void {
  s3.proxy.reset();
  s3.proxy.inject(() => s3.proxy.requests.length > requests, s3Error(403, 'AccessDenied'), Infinity);
}

/** What the journal of the next process tells: how far the restore had come. */
interface Left {
  readonly record: JournalRecord;
  readonly phase: 'staging' | 'swapping' | 'committed';
}

function openTarget(replace: boolean): Promise<StorageTarget> {
  return s3Storage.openTarget({
    location: `s3://${bucket}/${PREFIX}?endpoint=${s3.proxy.endpoint}&path-style=true`,
    signal: new AbortController().signal,
    reporter: recordingReporter(),
    storage: 'uploads',
    replace,
    token: TOKEN,
  });
}

/** A restore whose requests are cut off after so many; `end` follows the swap. Returns what is left of it. */
async function restoreCut(
  requests: number,
  replace: boolean,
  end: (target: StorageTarget) => Promise<void>,
): Promise<Left> {
  const target = await openTarget(replace);
  const record = JSON.parse(JSON.stringify(await target.record())) as JournalRecord;
  let phase: Left['phase'] = 'staging';
  cutAfter(requests);
  try {
    await stageObjects(target, NEW);
    phase = 'swapping';
    await target.swap();
    phase = 'committed';
    await end(target);
  } catch (error) {
    expect(String(error)).toMatch(/AccessDenied|no permission|Whether/);
  }
  return { record, phase };
}

async function openRecovery({ record, phase }: Left): Promise<StorageRecovery> {
  return s3Storage.openRecovery(record, {
    reporter: recordingReporter(),
    signal: new AbortController().signal,
    swapping: phase !== 'staging',
  });
}

async function expectExactly(expected: Objects): Promise<void> {
  expect(await objectsBelow(s3.server, bucket, PREFIX)).toEqual(expected);
  expect(await uploadsIn(s3.server, bucket)).toEqual([]);
}

describe.each([
  ['over objects', OLD, true],
  ['into an empty prefix', {}, false],
] as const)('a restore %s that is cut off after any request', (_title, old, replace) => {
  it('is finished or undone by a recovery, though that is cut off after any request too', async () => {
    const phases = new Set<string>();
    for (let requests = 0, isCut = true; isCut; requests += 1) {
      bucket = await s3.server.newBucket();
      await putObjects(s3.server, bucket, PREFIX, old);
      const left = await restoreCut(requests, replace, async (target) => target.drop());
      isCut = s3.proxy.requests.length > requests;
      phases.add(left.phase);
      // Each time a few more, so that all of them together are cut off everywhere.
      for (let allowed = requests % 8, isDone = false; !isDone; allowed += 8) {
        const recovery = await openRecovery(left);
        cutAfter(allowed);
        isDone = await (left.phase === 'committed' ? recovery.finish() : recovery.undo()).then(
          () => s3.proxy.requests.length <= allowed,
          () => false,
        );
      }
      s3.proxy.reset();
      await expectExactly(left.phase === 'committed' ? NEW : old);
    }
    expect(phases).toEqual(new Set(['staging', 'swapping', 'committed']));
  });

  it('in its own undoing is undone', async () => {
    // It is what a recovery does, which was cut off everywhere above.
    for (let requests = 0, isCut = true; isCut; requests += 4) {
      bucket = await s3.server.newBucket();
      await putObjects(s3.server, bucket, PREFIX, old);
      s3.proxy.reset();
      const left = await restoreCut(Infinity, replace, async (target) => {
        cutAfter(requests);
        await target.undo();
        await target.discard();
      });
      isCut = s3.proxy.requests.length > requests;
      s3.proxy.reset();
      await (await openRecovery({ ...left, phase: 'swapping' })).undo();
      await expectExactly(old);
    }
  });
});
