import { chown, readdir, rename, symlink } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { thisProcess } from '../../../src/core/process-identity.ts';
import { openLocalJournalStore } from '../../../src/storage/local/journal-store.ts';
import type { JournalStore } from '../../../src/core/journal-store.ts';
import type { Journal } from '../../../src/workflow/journal/journal.ts';
import {
  readJournals,
  type StoredJournal,
  takeOverJournal,
  writeJournal,
} from '../../../src/workflow/journal/stored-journal.ts';
import { recordingReporter } from '../../support/recording-reporter.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const TOKEN = '0123456789ab';

function journal(fields: Partial<Journal> = {}): Journal {
  return {
    token: TOKEN,
    tool: '1.2.3',
    process: thisProcess(),
    archive: 'app.zip',
    started: '2026-01-02T03:04:05.000Z',
    phase: 'staging',
    storages: [],
    database: null,
    ...fields,
  };
}

async function newStore(): Promise<JournalStore> {
  return openLocalJournalStore(await temporaryFolder());
}

function read(store: JournalStore, reporter = recordingReporter()): Promise<StoredJournal[]> {
  return Array.fromAsync(readJournals(store, reporter));
}

describe('a stored journal', () => {
  it('is found as it was written last', async () => {
    const store = await newStore();
    await writeJournal(store, journal());
    await writeJournal(store, journal({ phase: 'swapping' }));
    expect(await read(store)).toMatchObject([
      { address: store.addressOf(TOKEN), stranger: null, isOwn: true, journal: { phase: 'swapping' } },
    ]);
  });

  it('of a store that all hosts reach is nobody’s own', async () => {
    const store = await newStore();
    await writeJournal(store, journal());
    expect(await read(Object.assign(store, { isShared: true }))).toMatchObject([
      { stranger: null, isOwn: false },
    ]);
  });

  it('under the name of another restore is refused', async () => {
    const store = await newStore();
    await writeJournal(store, journal());
    await rename(store.addressOf(TOKEN), store.addressOf('ba9876543210'));
    await expect(read(store)).rejects.toMatchObject({ code: 'refused' });
  });

  it('that is none is refused', async () => {
    const store = await newStore();
    await store.write(TOKEN, '');
    await expect(read(store)).rejects.toMatchObject({ code: 'refused' });
  });

  it('of another user is told as such, and one that is none stands in nobody’s way', async (context) => {
    if (process.geteuid?.() !== 0) context.skip('only root can give a file to another user');
    const store = await newStore();
    await writeJournal(store, journal());
    await chown(store.addressOf(TOKEN), 12_345, 12_345);
    expect(await read(store)).toMatchObject([{ stranger: 12_345, isOwn: false }]);
    await store.write(TOKEN, 'nonsense');
    await chown(store.addressOf(TOKEN), 12_345, 12_345);
    const reporter = recordingReporter();
    expect(await read(store, reporter)).toEqual([]);
    expect(reporter.warnings.join()).toContain('of user 12345');
  });

  it('that cannot be opened is told, and a thousand of them in a few lines', async () => {
    const store = await newStore();
    for (let number = 0; number < 1000; number += 1)
      await symlink('nowhere', store.addressOf(String(number).padStart(12, '0')));
    const reporter = recordingReporter();
    expect(await read(store, reporter)).toEqual([]);
    expect(reporter.warnings).toHaveLength(6);
    expect(reporter.warnings.at(-1)).toContain('995 more files');
  });

  it('is what it was when the new one makes no text', async () => {
    const store = await newStore();
    await writeJournal(store, journal());
    const unwritable = journal({ storages: [{ kind: 'local', name: 'x', record: { number: 1n } }] });
    await expect(writeJournal(store, unwritable)).rejects.toMatchObject({ code: 'failed' });
    expect(await read(store)).toMatchObject([{ journal: { storages: [] } }]);
    expect(await readdir(store.address)).toHaveLength(1);
  });
});

describe('a journal that is taken over', () => {
  it('becomes one of this process, once', async () => {
    const store = await newStore();
    const dead = { ...thisProcess(), pid: 2 ** 22 + 1 };
    // However it is spelled: another version may have written it.
    await store.write(TOKEN, JSON.stringify({ journal: 1, ...journal({ process: dead }) }));
    const [stored] = await read(store);
    await takeOverJournal(stored!);
    expect(await read(store)).toMatchObject([{ journal: { process: thisProcess() } }]);
    await expect(takeOverJournal(stored!)).rejects.toMatchObject({ code: 'refused' });
    expect(await readdir(store.address)).toHaveLength(1);
  });
});
