import { Readable } from 'node:stream';
import { expect, it } from 'vitest';
import type { ReadAhead, StorageItem, StorageSource } from '../../src/storage/storage.ts';
import { readAhead } from '../../src/workflow/read-ahead.ts';

const ALL: ReadAhead = { files: 64, bytes: 16_000, holds: (size) => Math.min(size, 4000) };

/** How many of the files of these sizes have been opened while the first is worked on. */
async function openedAtFirst(sizes: readonly number[], limits: ReadAhead): Promise<number> {
  let opened = 0;
  const source: StorageSource = {
    name: 'sizes',
    root: null,
    readAhead: limits,
    list: async function* () {
      for (const [index, size] of sizes.entries())
        yield { type: 'file', path: Buffer.from(`n${index}`), size };
    },
    open: async (item: StorageItem) => {
      opened++;
      return { content: Readable.from([Buffer.alloc(1)]), item, check: async () => null };
    },
    isReplaced: async () => false,
    close: async () => {},
  };
  for await (const _ of readAhead(
    source.list(() => {}),
    source,
  ))
    break;
  return opened;
}

it('opens as many files ahead as the source allows', async () => {
  expect(
    await openedAtFirst(
      Array.from({ length: 200 }, () => 10),
      ALL,
    ),
  ).toBe(65);
  expect(
    await openedAtFirst(
      Array.from({ length: 3 }, () => 10),
      ALL,
    ),
  ).toBe(3);
});

it('opens no more ahead than may be held', async () => {
  expect(
    await openedAtFirst(
      Array.from({ length: 200 }, () => 1000),
      ALL,
    ),
  ).toBe(16);
  expect(
    await openedAtFirst(
      Array.from({ length: 200 }, () => 1_000_000),
      ALL,
    ),
  ).toBe(4);
});

it('leaves alone what is not to be opened ahead, and opens what is behind it', async () => {
  const small: ReadAhead = { ...ALL, holds: (size) => (size > 100 ? null : size) };
  expect(await openedAtFirst([10, 5000, 10, 5000, 10], small)).toBe(3);
});
