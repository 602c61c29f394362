import { lstatSync, utimesSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openLocalSource } from '../../src/storage/local/source.ts';
import { FileThreads } from '../../src/workflow/file-threads.ts';
import { readThreaded } from '../../src/workflow/threaded-files.ts';
import { recordingReporter } from '../support/recording-reporter.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

it('gives times as the file system has them', async () => {
  const folder = await temporaryFolder();
  // Beyond 32 bits of seconds, beyond 64 of nanoseconds, and before 1970.
  for (const [name, seconds] of Object.entries({
    a: 4_294_967_297.25,
    b: 10_413_792_000,
    c: '-1.5',
    d: 1.5,
  })) {
    await writeFile(join(folder, name), name);
    utimesSync(join(folder, name), seconds, seconds);
  }
  const { signal } = new AbortController();
  const reporter = recordingReporter();
  const source = await openLocalSource({ location: folder, reporter, signal, exclude: () => false });
  const files = source.threaded!;
  await using threads = new FileThreads({ kind: 'local', place: files.place }, 1, signal);
  const found: Record<string, bigint | undefined> = {};
  for await (const run of readThreaded(files.list(), files, threads)) {
    for (const one of run) {
      if (!('item' in one) || one.item.type !== 'file') continue;
      expect(one.content).toBeDefined();
      found[one.item.path.toString()] = one.item.mtimeNs;
    }
  }
  await source.close();
  const times = ['a', 'b', 'c', 'd'].map((name) => lstatSync(join(folder, name), { bigint: true }).mtimeNs);
  expect(found).toEqual({ a: times[0], b: times[1], c: times[2], d: times[3] });
});
