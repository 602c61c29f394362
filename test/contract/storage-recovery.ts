import { beforeEach, describe, expect, it } from 'vitest';
import type { JournalRecord } from '../../src/core/journal-record.ts';
import type { StorageRecovery, StorageTarget } from '../../src/storage/storage.ts';
import { recordingReporter } from '../support/recording-reporter.ts';
import { file } from './storage-sample.ts';
import { openTarget, put, readAll, restore, type StorageSubject } from './storage-steps.ts';

const OLD = [file('both', 'old'), file('d/old', 'old')];
const NEW = [file('both', 'new'), file('e/new', 'new')];

/** The steps of a restore, after each of which its process may end. */
const STEPS: readonly ((target: StorageTarget) => Promise<void>)[] = [
  (target) => target.begin(),
  (target) => put(target, NEW.slice(0, 1)),
  (target) => put(target, NEW.slice(1)),
  (target) => target.finish(null),
  (target) => target.swap(),
];

/** How many of the steps are done when everything new is there, and the journal says that the swap may begin. */
const STAGED = 4;

/** What `storage.ts` promises of what is left of a restore whose process ended: that it can be finished or undone. */
export function describeStorageRecovery(title: string, subject: StorageSubject): void {
  describe.each([
    ['something', OLD],
    ['nothing', []],
  ])(`${title} that held %s, after a restore that ended`, (_title, old) => {
    let location = '';
    beforeEach(async () => {
      location = await subject.newLocation();
      if (old.length > 0) await restore(subject, location, old);
    });

    /** Abandons a restore after so many steps and what may follow; opens what the next process has of it. */
    const abandon = async (
      steps: number,
      after: (target: StorageTarget) => Promise<void> = async () => {},
    ): Promise<() => Promise<StorageRecovery>> => {
      const life = new AbortController();
      const target = await openTarget(subject, location, life.signal);
      let record = await target.record();
      for (const [index, step] of STEPS.slice(0, steps).entries()) {
        if (index === STAGED) record = await target.record();
        await step(target);
      }
      if (steps === STAGED) record = await target.record();
      await after(target);
      // A process that has ended sends nothing more.
      life.abort();
      // As it comes from a file.
      const read = JSON.parse(JSON.stringify(record)) as JournalRecord;
      return async () => {
        const reporter = recordingReporter();
        expect(await subject.storage.concerns(read, location)).toBe(true);
        const recovery = await subject.storage.openRecovery(read, {
          reporter,
          signal: new AbortController().signal,
          swapping: steps >= STAGED,
        });
        expect(recovery.name).toBe(target.name);
        return recovery;
      };
    };

    const expectState = async (
      expected: readonly { item: { path: Buffer }; bytes: Buffer | null }[],
    ): Promise<void> => {
      if (expected.length === 0) expect(await (await openTarget(subject, location)).isEmpty()).toBe(true);
      else {
        const { contents } = await readAll(subject, location);
        const files = contents.filter(({ bytes }) => bytes !== null);
        const plain = (content: { item: { path: Buffer }; bytes: Buffer | null }): string =>
          `${content.item.path.toString()} ${content.bytes?.toString()}`;
        expect(files.map(plain)).toEqual(expected.map(plain));
      }
      expect(await subject.leftBeside(location)).toEqual([]);
    };

    it.each([0, 1, 2, 3, 4, 5])('after %i steps is undone, and once more', async (steps) => {
      const recover = await abandon(steps);
      for (const _ of ['once', 'and again']) {
        await (await recover()).undo();
        await expectState(old);
      }
    });

    it('in an undo is undone', async () => {
      const recover = await abandon(5, (target) => target.undo());
      for (const _ of ['once', 'and again']) {
        await (await recover()).undo();
        await expectState(old);
      }
    });

    it.each([
      ['before what was there is dropped', async () => {}],
      ['after it', (target: StorageTarget) => target.drop()],
    ])('%s is finished, and once more', async (_when, after) => {
      const recover = await abandon(5, after);
      for (const _ of ['once', 'and again']) {
        await (await recover()).finish();
        await expectState(NEW);
      }
    });

    it('before its swap is not finished', async () => {
      const recover = await abandon(STAGED);
      await expect((await recover()).finish()).rejects.toMatchObject({ code: 'failed' });
      await (await recover()).undo();
      await expectState(old);
    });

    it('leaves a record that is of no other place', async () => {
      const target = await openTarget(subject, location);
      const record = await target.record();
      expect(await subject.storage.concerns(record, await subject.newLocation())).toBe(false);
      const stores = await subject.storage.journalStores(location, { signal: new AbortController().signal });
      expect(stores.map(({ address }) => address)).toContain(target.journalStore.address);
    });
  });

  it(`${title} refuses to recover from a record that makes no sense`, async () => {
    for (const record of [{}, { target: 17 }, { target: '/', token: '../..' }]) {
      const { signal } = new AbortController();
      const options = { reporter: recordingReporter(), signal, swapping: true };
      await expect(subject.storage.openRecovery(record, options)).rejects.toMatchObject({ code: 'refused' });
    }
  });
}
