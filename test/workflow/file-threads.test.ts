import { expect, it } from 'vitest';
import { FileThreads } from '../../src/workflow/file-threads.ts';

it('fails with the error of a thread that ended, whenever it is asked', async () => {
  await using threads = new FileThreads({ kind: 'nowhere', place: '/' }, 1, new AbortController().signal);
  const waiting = [threads.read(['a']), threads.read(['b'])];
  for (const reply of waiting)
    await expect(reply).rejects.toThrow('No threads read files of the kind nowhere');
  await expect(threads.read(['c'])).rejects.toThrow('No threads read files of the kind nowhere');
});
