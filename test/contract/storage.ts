import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import type { StorageItem } from '../../src/storage/storage.ts';
import { describeStorageRecovery } from './storage-recovery.ts';
import { type Content, LARGE, SAMPLE, brokenRuns, file } from './storage-sample.ts';
import {
  collect,
  openSource,
  openTarget,
  readAll,
  restore,
  stage,
  type StorageSubject,
  textOf,
} from './storage-steps.ts';

/** Everything that `storage.ts` promises of any storage. */
export function describeStorage(title: string, subject: StorageSubject): void {
  const sample = SAMPLE.filter(({ item }) => subject.types.includes(item.type));

  describeStorageRecovery(title, subject);

  describe(`${title} as a storage`, () => {
    it('gives back what was put into it, all below one directory in one run', async () => {
      const location = await subject.newLocation();
      await restore(subject, location, sample);
      const { contents, problems, warnings } = await readAll(subject, location);
      const implied = subject.types.includes('directory') ? ['straße'] : [];
      const paths = contents.map(({ item }) => item.path.toString());
      const expected = [...sample.map(({ item }) => item.path.toString()), ...implied];
      expect(paths.toSorted()).toEqual(expected.toSorted());
      expect(brokenRuns(paths)).toEqual([]);
      for (const { item, bytes } of sample) {
        const found = contents.find((content) => content.item.path.equals(item.path));
        expect(found?.item).toMatchObject({ type: item.type, size: item.size });
        expect(found?.item.target?.toString()).toBe(item.target?.toString());
        expect(bytes === null || found?.bytes?.equals(bytes)).toBe(true);
      }
      expect(problems).toEqual([]);
      expect(warnings).toEqual([]);
    });

    it('leaves out what is excluded and all below it', async () => {
      const location = await subject.newLocation();
      await restore(subject, location, [
        file('kept/one', '1'),
        file('left/out/two', '2'),
        file('three', '3'),
      ]);
      const { contents } = await readAll(
        subject,
        location,
        (path) => path === 'three' || path.startsWith('left'),
      );
      expect(filePaths(contents)).toEqual(['kept/one']);
    });

    it('is empty until something was swapped in, and whole at once', async () => {
      const location = await subject.newLocation();
      const target = await openTarget(subject, location);
      expect(await target.isEmpty()).toBe(true);
      expect(await target.preflight({ bytes: 3, files: 1 })).toEqual([]);
      await stage(target, [file('f', 'new')]);
      expect(await (await openTarget(subject, location)).isEmpty()).toBe(true);
      await target.swap();
      expect(await (await openTarget(subject, location)).isEmpty()).toBe(false);
      await target.drop();
      expect(await textOf(subject, location, 'f')).toBe('new');
    });

    it('replaces all of the old state', async () => {
      const location = await subject.newLocation();
      await restore(subject, location, [file('d/old', 'old'), file('both', 'old')]);
      await restore(subject, location, [file('both', 'new'), file('e/new', 'new')]);
      const { contents } = await readAll(subject, location);
      expect(filePaths(contents)).toEqual(['both', 'e/new']);
      expect(await textOf(subject, location, 'both')).toBe('new');
    });

    it('replaces nothing that came after it was found empty, unless it may', async () => {
      const location = await subject.newLocation();
      const target = await openTarget(subject, location, undefined, false);
      expect(await target.isEmpty()).toBe(true);
      await stage(target, [file('f', 'new')]);
      await restore(subject, location, [file('late', 'arrival')]);
      await expect(target.swap()).rejects.toMatchObject({ code: 'failed' });
      await target.discard();
      const { contents } = await readAll(subject, location);
      expect(filePaths(contents)).toEqual(['late']);
    });

    it('brings the old state back', async () => {
      const location = await subject.newLocation();
      await restore(subject, location, [file('d/old', 'old'), file('both', 'old')]);
      const target = await openTarget(subject, location);
      await stage(target, [file('both', 'new'), file('new', 'new')]);
      await target.swap();
      expect(await textOf(subject, location, 'both')).toBe('new');
      await target.undo();
      await target.discard();
      const { contents } = await readAll(subject, location);
      expect(filePaths(contents)).toEqual(['both', 'd/old']);
      expect(await textOf(subject, location, 'both')).toBe('old');
    });

    it('leaves nothing of a discarded restore, at whatever point', async () => {
      const location = await subject.newLocation();
      for (const steps of [0, 1, 2, 3]) {
        const target = await openTarget(subject, location);
        if (steps > 0) await target.begin();
        if (steps > 1) await target.put(file('d/f', 'x').item, Readable.from([Buffer.from('x')]));
        if (steps > 2) await target.finish(null);
        await target.discard();
        await target.discard();
        expect(await (await openTarget(subject, location)).isEmpty()).toBe(true);
      }
    });

    it('keeps a swapped-in state when it is told to discard or to undo what was undone', async () => {
      const location = await subject.newLocation();
      const target = await openTarget(subject, location);
      await stage(target, [file('f', 'new')]);
      await target.swap();
      await target.discard();
      expect(await textOf(subject, location, 'f')).toBe('new');
      await target.undo();
      await target.undo();
      await target.discard();
      expect(await (await openTarget(subject, location)).isEmpty()).toBe(true);
    });

    it('tells how much it holds, and on which volume', async () => {
      const location = await subject.newLocation();
      const missing = await openTarget(subject, location);
      expect(await missing.measure()).toEqual({ files: 0, bytes: 0 });
      await restore(subject, location, sample);
      const files = sample.filter(({ item }) => item.type === 'file');
      const bytes = files.reduce((sum, { item }) => sum + item.size, 0);
      const target = await openTarget(subject, location);
      expect(await target.measure()).toEqual({ files: files.length, bytes });
      expect(await target.volume()).toBe(await missing.volume());
    });

    it('passes on the error of a content that breaks off, and can be discarded', async () => {
      const location = await subject.newLocation();
      const target = await openTarget(subject, location);
      await target.begin();
      const broken = Readable.from(
        (function* () {
          yield Buffer.from('half');
          throw new Error('the archive is damaged here');
        })(),
      );
      await expect(target.put(file('f', 'half').item, broken)).rejects.toThrow('the archive is damaged here');
      await target.discard();
      expect(await (await openTarget(subject, location)).isEmpty()).toBe(true);
    });

    it('fails on one file that is no longer there, not on the others', async () => {
      const location = await subject.newLocation();
      await restore(subject, location, [file('f', '1'), file('g', '2')]);
      const source = await openSource(subject, location);
      const items = await collect(source);
      await restore(subject, location, [file('g', '2')]);
      const [gone, kept] = items as [StorageItem, StorageItem];
      await expect(source.open(gone)).rejects.toThrow(/\S/);
      const opened = await source.open(kept);
      expect((await buffer(opened.content)).toString()).toBe('2');
      expect(await opened.check()).toBeNull();
      await source.close();
    });

    it('stops when the signal is aborted', async () => {
      const location = await subject.newLocation();
      await restore(subject, location, [file('f', LARGE)]);
      const stop = new AbortController();
      const source = await openSource(subject, location, { signal: stop.signal });
      const [item] = (await collect(source)) as [StorageItem];
      const { content } = await source.open(item);
      const target = await openTarget(subject, await subject.newLocation(), stop.signal);
      await target.begin();
      const reason = new Error('stopped by the user');
      stop.abort(reason);
      await expect(collect(source)).rejects.toBe(reason);
      await expect(buffer(content)).rejects.toBe(reason);
      await expect(target.put(item, Readable.from([]))).rejects.toBe(reason);
      await target.discard();
      await source.close();
    });
  });
}

function filePaths(contents: readonly Content[]): string[] {
  return contents.filter(({ item }) => item.type === 'file').map(({ item }) => item.path.toString());
}
