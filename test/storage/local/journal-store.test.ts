import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { chown, mkdir, open, readdir, rm, stat, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { ownerTag } from '../../../src/core/owner-tag.ts';
import { localStorage } from '../../../src/storage/local/local.ts';
import { openLocalJournalStore } from '../../../src/storage/local/journal-store.ts';
import type { JournalStore } from '../../../src/core/journal-store.ts';
import { describeJournalStore } from '../../contract/journal-store.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { UNSTOPPED } from './local-helpers.ts';

const TOKEN = '0123456789ab';

async function newStore(): Promise<JournalStore> {
  return openLocalJournalStore(await temporaryFolder());
}

describeJournalStore('a directory', {
  newStore,
  reopen: ({ address }) => localStorage.openJournalStore(address, { signal: UNSTOPPED }),
  plant: (store, token, bytes) => writeFile(store.addressOf(token), bytes),
  names: ({ address }) => readdir(address),
});

describe('a journal in a directory', () => {
  it('that was half-written by a process that is gone is removed, of one that runs it is left', async () => {
    const store = await newStore();
    const path = store.addressOf(TOKEN);
    const gone = spawn('true');
    await once(gone, 'exit');
    const own = ownerTag();
    const dead = own.replace(`-${process.pid}-`, `-${gone.pid}-`);
    await writeFile(`${path}.${dead}.tmp`, '{"jour');
    await writeFile(`${path}.${own}.tmp`, '{"jour');
    await writeFile(`${path}.anything.tmp`, '{"jour');
    expect(await store.tokens()).toEqual([]);
    expect((await readdir(store.address)).toSorted()).toEqual(
      [
        `.holdfast-journal-${TOKEN}.json.${own}.tmp`,
        `.holdfast-journal-${TOKEN}.json.anything.tmp`,
      ].toSorted(),
    );
  });

  it('is not followed to where a link leads', async () => {
    const store = await newStore();
    const other = await newStore();
    await other.write(TOKEN, '{}');
    await symlink(other.addressOf(TOKEN), store.addressOf(TOKEN));
    expect(await store.read(TOKEN)).toEqual({ closed: expect.stringContaining('cannot be read') });
  });

  it('of another user is known as such', async (context) => {
    if (process.geteuid?.() !== 0) context.skip('only root can give a file to another user');
    const store = await newStore();
    await store.write(TOKEN, '{}');
    await chown(store.addressOf(TOKEN), 12_345, 12_345);
    expect(await store.read(TOKEN)).toEqual({ text: '{}', stranger: 12_345 });
  });

  it('that is a pipe is not waited for, nor read', async (context) => {
    const store = await newStore();
    const path = store.addressOf(TOKEN);
    const made = await promisify(execFile)('mkfifo', [path]).catch(() => null);
    if (made === null) return context.skip('there is no mkfifo');
    expect(await store.read(TOKEN)).toMatchObject({ text: '' });
    await using writer = await open(path, 'r+');
    await writer.write('{');
    expect(await store.read(TOKEN)).toMatchObject({ text: '' });
  });

  it.each([
    ['a directory', (path: string) => mkdir(path)],
    [
      'larger than any, with holes',
      (path: string) => writeFile(path, '').then(() => truncate(path, 2 ** 40)),
    ],
  ])('that is %s is none', async (_title, plant) => {
    const store = await newStore();
    await plant(store.addressOf(TOKEN));
    expect(await store.read(TOKEN)).toMatchObject({ text: '' });
  });

  it('is what it was when the new one cannot be written, which is told', async () => {
    const store = await newStore();
    await store.write(TOKEN, 'old');
    const temporary = `${store.addressOf(TOKEN)}.${ownerTag()}.tmp`;
    await mkdir(temporary);
    await expect(store.write(TOKEN, 'new')).rejects.toMatchObject({ code: 'failed' });
    expect(await store.read(TOKEN)).toMatchObject({ text: 'old' });
    expect(await readdir(store.address)).toHaveLength(2);
  });

  it('is left to another process that takes it over', async () => {
    const store = await newStore();
    await store.write(TOKEN, 'old');
    const { pid, began } = identityOf(process.ppid);
    const rival = `${store.addressOf(TOKEN)}.${ownerTag().replace(/-\d+-\d*$/, `-${pid}-${began}`)}.tmp`;
    await writeFile(rival, '');
    await expect(store.takeOver(TOKEN, 'old', 'new')).rejects.toMatchObject({ code: 'refused' });
    await rm(rival);
    expect(await store.read(TOKEN)).toMatchObject({ text: 'old' });
    expect(await readdir(store.address)).toHaveLength(1);
  });
});

describe('a directory that is not there', () => {
  it('is known not to tell of journals', async () => {
    const folder = await temporaryFolder();
    const store = openLocalJournalStore(join(folder, 'gone'));
    expect(await store.identity()).toBeNull();
    expect(await store.tokens()).toEqual([]);
    expect(await store.read(TOKEN)).toBeNull();
    expect(await openLocalJournalStore(folder).identity()).toBe(String((await stat(folder)).ino));
  });

  it.each(['relative', '/nul\0byte'])('is no %j', (address) => {
    expect(() => openLocalJournalStore(address)).toThrow(expect.objectContaining({ code: 'usage' }));
  });
});

/** What an owner's tag says of a process that runs; where the system does not tell when it began, its number counts. */
function identityOf(pid: number): { pid: number; began: string } {
  try {
    const line = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return { pid, began: line.slice(line.lastIndexOf(')') + 2).split(' ')[19] ?? '' };
  } catch {
    return { pid, began: '' };
  }
}
