import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import {
  chown,
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  rm,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { ownerTag } from '../../../src/core/owner-tag.ts';
import { thisProcess } from '../../../src/core/process-identity.ts';
import {
  type JournalFile,
  journalPath,
  readJournals,
  removeJournal,
  takeOverJournal,
  writeJournal,
} from '../../../src/workflow/journal/journal-file.ts';
import type { Journal } from '../../../src/workflow/journal/journal.ts';
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

function read(folder: string, reporter = recordingReporter()): Promise<JournalFile[]> {
  return Array.fromAsync(readJournals(folder, reporter));
}

describe('a journal file', () => {
  it('is written, found, rewritten and removed, and nothing else stays', async () => {
    const folder = await temporaryFolder();
    const path = journalPath(folder, TOKEN);
    await writeJournal(path, journal());
    await writeJournal(path, journal({ phase: 'swapping' }));
    expect(await readdir(folder)).toHaveLength(1);
    const [found] = await read(folder);
    expect(found).toMatchObject({ path, stranger: undefined, journal: { phase: 'swapping' } });
    await removeJournal(path);
    expect(await readdir(folder)).toEqual([]);
  });

  it('that was half-written by a process that is gone is removed, of one that runs it is left', async () => {
    const folder = await temporaryFolder();
    const gone = spawn('true');
    await once(gone, 'exit');
    const own = ownerTag();
    const dead = own.replace(`-${process.pid}-`, `-${gone.pid}-`);
    await writeFile(`${journalPath(folder, TOKEN)}.${dead}.tmp`, '{"jour');
    await writeFile(`${journalPath(folder, TOKEN)}.${own}.tmp`, '{"jour');
    await writeFile(`${journalPath(folder, TOKEN)}.anything.tmp`, '{"jour');
    expect(await read(folder)).toEqual([]);
    expect((await readdir(folder)).toSorted()).toEqual(
      [
        `.holdfast-journal-${TOKEN}.json.${own}.tmp`,
        `.holdfast-journal-${TOKEN}.json.anything.tmp`,
      ].toSorted(),
    );
  });

  it('under the name of another restore is refused', async () => {
    const folder = await temporaryFolder();
    await writeJournal(journalPath(folder, TOKEN), journal());
    await rename(journalPath(folder, TOKEN), journalPath(folder, 'ba9876543210'));
    await expect(read(folder)).rejects.toMatchObject({ code: 'refused' });
  });

  it('is not followed to where a link leads', async () => {
    const folder = await temporaryFolder();
    const other = await temporaryFolder();
    await writeJournal(journalPath(other, TOKEN), journal());
    await symlink(journalPath(other, TOKEN), journalPath(folder, TOKEN));
    const reporter = recordingReporter();
    expect(await read(folder, reporter)).toEqual([]);
    expect(reporter.warnings.join()).toContain('cannot be read');
  });

  it('of another user is known as such', async (context) => {
    if (process.geteuid?.() !== 0) context.skip('only root can give a file to another user');
    const folder = await temporaryFolder();
    await writeJournal(journalPath(folder, TOKEN), journal());
    await chown(journalPath(folder, TOKEN), 12_345, 12_345);
    expect(await read(folder)).toMatchObject([{ stranger: 12_345 }]);
    await writeFile(journalPath(folder, TOKEN), 'nonsense');
    expect(await read(folder)).toEqual([]);
  });

  it('that is a pipe is not waited for, nor read', async (context) => {
    const folder = await temporaryFolder();
    const path = journalPath(folder, TOKEN);
    const made = await promisify(execFile)('mkfifo', [path]).catch(() => null);
    if (made === null) return context.skip('there is no mkfifo');
    await expect(read(folder)).rejects.toMatchObject({ code: 'refused' });
    await using writer = await open(path, 'r+');
    await writer.write('{');
    await expect(read(folder)).rejects.toMatchObject({ code: 'refused' });
  });

  it.each([
    ['a directory', (path: string) => mkdir(path)],
    ['empty', (path: string) => writeFile(path, '')],
    ['larger than any', (path: string) => writeFile(path, '').then(() => truncate(path, 2 ** 40))],
  ])('that is %s is refused', async (_title, plant) => {
    const folder = await temporaryFolder();
    await plant(journalPath(folder, TOKEN));
    await expect(read(folder)).rejects.toMatchObject({ code: 'refused' });
  });

  it('of another user that is none is told, and a thousand of them in a few lines', async () => {
    const folder = await temporaryFolder();
    for (let number = 0; number < 1000; number += 1)
      await symlink('nowhere', journalPath(folder, String(number).padStart(12, '0')));
    const reporter = recordingReporter();
    expect(await read(folder, reporter)).toEqual([]);
    expect(reporter.warnings).toHaveLength(6);
    expect(reporter.warnings.at(-1)).toContain('995 more files');
  });

  it('is what it was when the new one cannot be written', async () => {
    const folder = await temporaryFolder();
    const path = journalPath(folder, TOKEN);
    await writeJournal(path, journal());
    const before = await readFile(path, 'utf8');
    const unwritable = journal({ storages: [{ kind: 'local', name: 'x', record: { number: 1n } }] });
    await expect(writeJournal(path, unwritable)).rejects.toMatchObject({ code: 'failed' });
    expect(await readFile(path, 'utf8')).toBe(before);
    expect(await readdir(join(folder))).toHaveLength(1);
  });
});

describe('a journal that is taken over', () => {
  const dead = { ...thisProcess(), pid: 2 ** 22 + 1 };

  it('becomes one of this process', async () => {
    const folder = await temporaryFolder();
    const file = await writeJournal(journalPath(folder, TOKEN), journal({ process: dead }));
    await takeOverJournal(file, recordingReporter());
    expect(await read(folder)).toMatchObject([{ journal: { process: thisProcess() } }]);
    expect(await readdir(folder)).toHaveLength(1);
  });

  it('is left to another process that is at it, or has been', async () => {
    const folder = await temporaryFolder();
    const path = journalPath(folder, TOKEN);
    const file = await writeJournal(path, journal({ process: dead }));
    const refused = expect.objectContaining({ code: 'refused' });
    const { pid, began } = identityOf(process.ppid);
    const rival = `${path}.${ownerTag().replace(/-\d+-\d*$/, `-${pid}-${began}`)}.tmp`;
    await writeFile(rival, '');
    await expect(takeOverJournal(file, recordingReporter())).rejects.toEqual(refused);
    await rm(rival);
    await writeJournal(path, journal());
    await expect(takeOverJournal(file, recordingReporter())).rejects.toEqual(refused);
    await removeJournal(path);
    await expect(takeOverJournal(file, recordingReporter())).rejects.toEqual(refused);
    expect(await readdir(folder)).toEqual([]);
  });
});

/** What an owner's tag says of a process that runs; where the system does not tell when it began, its number counts. */
function identityOf(pid: number): { pid: number; began: string } {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return { pid, began: stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '' };
  } catch {
    return { pid, began: '' };
  }
}
