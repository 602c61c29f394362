import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { thisProcess } from '../../../src/core/process-identity.ts';
import { openLocalJournalStore } from '../../../src/storage/local/journal-store.ts';
import { journalsFor, journalsOfUser } from '../../../src/workflow/journal/find-journals.ts';
import { addPointer, readPointers } from '../../../src/workflow/journal/pointers.ts';
import { writeJournal } from '../../../src/workflow/journal/stored-journal.ts';
import { recordingReporter } from '../../support/recording-reporter.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const TOKEN = '0123456789ab';
const { signal } = new AbortController();

/** A folder with the journal, in `first`, of a restore into `first/a` and `second/b`, and a pointer to it in `state`. */
async function unfinished(): Promise<{ folder: string; path: string; env: Record<string, string> }> {
  const folder = await temporaryFolder();
  const targets = [join(folder, 'first', 'a'), join(folder, 'second', 'b')];
  for (const target of targets) await mkdir(target, { recursive: true });
  const store = openLocalJournalStore(join(folder, 'first'));
  await writeJournal(store, {
    token: TOKEN,
    tool: '1.2.3',
    process: thisProcess(),
    archive: 'app.zip',
    started: '2026-01-02T03:04:05.000Z',
    phase: 'staging',
    storages: targets.map((target) => ({ kind: 'local', name: target, record: { target } })),
    database: null,
  });
  const env = { XDG_STATE_HOME: join(folder, 'state') };
  await addPointer(env, TOKEN, store.address);
  return { folder, path: store.addressOf(TOKEN), env };
}

describe('the journal of a restore into several storages', () => {
  it('is found for each of them, and for nothing else', async () => {
    const { folder, path, env } = await unfinished();
    for (const [target, expected] of [
      ['first/a', [path]],
      ['second/b', [path]],
      ['second/c', []],
    ] as const) {
      const found = await journalsFor([join(folder, target)], { env, reporter: recordingReporter(), signal });
      expect(found.map(({ address }) => address)).toEqual(expected);
    }
    expect(await journalsFor([], { env, reporter: recordingReporter(), signal })).toEqual([]);
  });

  it('stands in nobody else’s way when it cannot be read', async () => {
    const { folder, path, env } = await unfinished();
    await writeFile(path, 'nonsense');
    const reporter = recordingReporter();
    expect(await journalsFor([join(folder, 'second', 'c')], { env, reporter, signal })).toEqual([]);
    expect(reporter.warnings.join()).toContain('is not a journal');
    const errors: unknown[] = [];
    expect(await journalsOfUser({ env, reporter, signal }, (error) => errors.push(error))).toEqual([]);
    expect(errors).toMatchObject([{ code: 'refused' }]);
  });
});

describe('pointers', () => {
  it('that are none hide no others', async () => {
    const { folder, env } = await unfinished();
    const restores = join(env['XDG_STATE_HOME'] ?? '', 'holdfast', 'restores');
    await mkdir(join(restores, '000000000000'));
    await symlink('/dev/zero', join(restores, '000000000001'));
    await writeFile(join(restores, '000000000002'), 'relative');
    await writeFile(join(restores, '000000000003'), '/nul\0byte');
    expect(await readPointers(env)).toEqual(new Map([[TOKEN, join(folder, 'first')]]));
    await writeFile(join(restores, '000000000004'), folder);
    await writeFile(join(restores, '000000000005'), '/dev/zero');
    const errors: unknown[] = [];
    const found = await journalsOfUser({ env, reporter: recordingReporter(), signal }, (error) =>
      errors.push(error),
    );
    expect(found).toHaveLength(1);
    // The journal of one is known not to be there; the directory of the other may be mounted again.
    expect([...(await readPointers(env)).keys()]).toEqual(['000000000005', TOKEN]);
  });
});
