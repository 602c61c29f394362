import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chown, readdir, readFile, rename, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ownerTag } from '../../../src/core/owner-tag.ts';
import { thisProcess } from '../../../src/core/process-identity.ts';
import {
  journalPath,
  readJournals,
  removeJournal,
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

describe('a journal file', () => {
  it('is written, found, rewritten and removed, and nothing else stays', async () => {
    const folder = await temporaryFolder();
    const path = journalPath(folder, TOKEN);
    await writeJournal(path, journal());
    await writeJournal(path, journal({ phase: 'swapping' }));
    expect(await readdir(folder)).toHaveLength(1);
    const [found] = await readJournals(folder, recordingReporter());
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
    expect(await readJournals(folder, recordingReporter())).toEqual([]);
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
    await expect(readJournals(folder, recordingReporter())).rejects.toMatchObject({ code: 'refused' });
  });

  it('is not followed to where a link leads', async () => {
    const folder = await temporaryFolder();
    const other = await temporaryFolder();
    await writeJournal(journalPath(other, TOKEN), journal());
    await symlink(journalPath(other, TOKEN), journalPath(folder, TOKEN));
    const reporter = recordingReporter();
    expect(await readJournals(folder, reporter)).toEqual([]);
    expect(reporter.warnings.join()).toContain('cannot be read');
  });

  it('of another user is known as such', async (context) => {
    if (process.geteuid?.() !== 0) context.skip('only root can give a file to another user');
    const folder = await temporaryFolder();
    await writeJournal(journalPath(folder, TOKEN), journal());
    await chown(journalPath(folder, TOKEN), 12_345, 12_345);
    expect(await readJournals(folder, recordingReporter())).toMatchObject([{ stranger: 12_345 }]);
    await writeFile(journalPath(folder, TOKEN), 'nonsense');
    expect(await readJournals(folder, recordingReporter())).toEqual([]);
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
