import { mkdir, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { DatabaseSource } from '../../src/database/engine.ts';
import { expectedSize } from '../../src/workflow/expected-size.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const GIB = 2 ** 30;
const { signal } = new AbortController();

it('an archive is expected to have what the tables and the files have, with a margin', async () => {
  const folder = await temporaryFolder();
  await mkdir(join(folder, 'below'));
  for (const [name, bytes] of [
    ['a', 3 * GIB],
    ['below/b', 5 * GIB],
    ['left-out', 100 * GIB],
  ] as const) {
    await writeFile(join(folder, name), '');
    await truncate(join(folder, name), bytes);
  }
  await symlink('left-out', join(folder, 'link'));
  const tables = [
    { withRows: true, estimatedBytes: 2 * GIB },
    { withRows: true, estimatedBytes: GIB },
    { withRows: false, estimatedBytes: 1000 * GIB },
  ];
  const { likely, most } = await expectedSize({ tables } as unknown as DatabaseSource, {
    storages: [{ location: folder }],
    excludeFiles: ['left-out'],
    signal,
  });
  expect(likely).toBe(11 * GIB);
  expect(most).toBeGreaterThanOrEqual((4 * 3 + 1.5 * 8) * GIB);
  expect(most).toBeLessThan(25 * GIB);
});

it('without a database and files there is still the archive itself', async () => {
  const { likely, most } = await expectedSize(null, { storages: [], excludeFiles: [], signal });
  expect(likely).toBe(0);
  expect(most).toBeGreaterThan(1_000_000);
});
