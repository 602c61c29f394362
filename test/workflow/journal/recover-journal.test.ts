import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { thisProcess } from '../../../src/core/process-identity.ts';
import { openLocalJournalStore } from '../../../src/storage/local/journal-store.ts';
import { localStorage } from '../../../src/storage/local/local.ts';
import type { JournalStore } from '../../../src/core/journal-store.ts';
import { readPointers } from '../../../src/workflow/journal/pointers.ts';
import { type RecoverOptions, recoverJournal } from '../../../src/workflow/journal/recover-journal.ts';
import {
  readJournal,
  type StoredJournal,
  writeJournal,
} from '../../../src/workflow/journal/stored-journal.ts';
import { recordingReporter } from '../../support/recording-reporter.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const TOKEN = '0123456789ab';
const { signal } = new AbortController();
const DEAD = { ...thisProcess(), pid: 2 ** 22 + 1 };

describe('an unfinished restore', () => {
  let folder = '';
  let store: JournalStore;
  let options: RecoverOptions;
  beforeEach(async () => {
    folder = await temporaryFolder();
    store = openLocalJournalStore(folder);
    options = {
      databaseUrl: null,
      askDatabase: true,
      fromHost: null,
      env: { XDG_STATE_HOME: join(folder, 'state') },
      reporter: recordingReporter(),
      signal,
    };
  });

  /** Leaves a restore into these directories that has staged a file in each; the journal as whoever comes next finds it. */
  const leave = async (...names: string[]): Promise<StoredJournal> => {
    const storages = [];
    for (const name of names) {
      const location = join(folder, name, 'to');
      await mkdir(join(folder, name));
      const reporter = recordingReporter();
      const about = { location, storage: name, replace: true, token: TOKEN, reporter, signal };
      const target = await localStorage.openTarget(about);
      const record = await target.record();
      await target.begin();
      await writeFile(join(folder, name, (await readdir(join(folder, name)))[0]!, 'file'), 'new');
      storages.push({ kind: 'local', name: location, record });
    }
    await writeJournal(store, {
      token: TOKEN,
      tool: '1.2.3',
      process: DEAD,
      archive: 'app.zip',
      started: '2026-01-02T03:04:05.000Z',
      phase: 'staging',
      storages,
      database: null,
    });
    const stored = await readJournal(store, TOKEN);
    expect(stored).toMatchObject({ isOwn: !store.isShared });
    return stored!;
  };

  it('is undone, with nothing left of it', async () => {
    const stored = await leave('a', 'b');
    expect(await recoverJournal(stored, options)).toMatchObject({ outcome: 'undone' });
    expect([await readdir(join(folder, 'a')), await readdir(join(folder, 'b'))]).toEqual([[], []]);
    expect(await store.tokens()).toEqual([]);
    expect((await readPointers(options.env)).size).toBe(0);
  });

  it('told of in a place that others write to is undone only by its own user, or when its host is named', async () => {
    Object.assign(store, { isShared: true });
    const stored = await leave('a');
    await expect(recoverJournal(stored, options)).rejects.toMatchObject({
      code: 'refused',
      hint: expect.stringContaining(`Whoever may write to ${folder} can have written that journal`),
    });
    await expect(recoverJournal(stored, { ...options, fromHost: 'other' })).rejects.toMatchObject({
      code: 'refused',
    });
    expect(await readdir(join(folder, 'a'))).toHaveLength(1);
    expect(await recoverJournal({ ...stored, isOwn: true }, options)).toMatchObject({ outcome: 'undone' });
    const again = await leave('b');
    const { host } = thisProcess();
    expect(await recoverJournal(again, { ...options, fromHost: host })).toMatchObject({ outcome: 'undone' });
    expect([await readdir(join(folder, 'a')), await readdir(join(folder, 'b'))]).toEqual([[], []]);
  });

  it('of which one storage is gone is undone in the others, and its journal stays', async () => {
    const stored = await leave('gone', 'b');
    const record = { ...stored.journal.storages[0]!.record, target: join(folder, 'elsewhere', 'to') };
    const [gone, ...others] = stored.journal.storages;
    const journal = { ...stored.journal, storages: [{ ...gone!, record }, ...others] };
    const changed = await writeJournal(store, journal);
    await expect(recoverJournal(changed, options)).rejects.toMatchObject({
      code: 'failed',
      message: expect.stringContaining('elsewhere'),
    });
    expect(await readdir(join(folder, 'b'))).toEqual([]);
    expect(await store.tokens()).toEqual([TOKEN]);
    // Whoever tries again on this host need not know where it lies.
    expect((await readPointers(options.env)).get(TOKEN)).toMatchObject({ address: folder });
  });
});
