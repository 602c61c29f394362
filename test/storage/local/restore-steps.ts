import { readFileSync, writeFileSync } from 'node:fs';
import { localStorage } from '../../../src/storage/local/local.ts';
import type { JournalRecord } from '../../../src/core/journal-record.ts';
import { recordingReporter } from '../../support/recording-reporter.ts';
import { bytes, directoryItem, fileItem, linkItem, openTarget, UNSTOPPED } from './local-helpers.ts';

const NS = 1_000_000_000n;

/** What the restore of these tests brings. */
const NEW = [
  directoryItem('d', { mode: 0o750, mtimeNs: 1_500_000_000n * NS }),
  fileItem('d/new', { mode: 0o640, mtimeNs: 1_400_000_000n * NS }),
  linkItem('link', 'd/new'),
  // From the future: nothing that somebody wrote since.
  fileItem('same', { mode: 0o600, mtimeNs: 4_000_000_000n * NS }),
];

export type Ending = 'undo' | 'drop';

/** A journal as small as can be. `phase` is null when the restore is over. */
interface Journal {
  readonly phase: 'staging' | 'swapping' | 'committed' | null;
  readonly record: JournalRecord;
}

/** Restores into a directory as the workflow does, with a journal in a file. */
export async function restoreTo(location: string, journal: string, ending: Ending): Promise<void> {
  const write = (phase: Journal['phase'], record: JournalRecord): void =>
    writeFileSync(journal, JSON.stringify({ phase, record }));
  const target = await openTarget(location);
  write('staging', await target.record());
  await target.begin();
  for (const item of NEW)
    await target.put(item, item.type === 'file' ? bytes(`new ${item.path.toString()}`) : null);
  await target.finish(null);
  const record = await target.record();
  write('swapping', record);
  await target.swap();
  if (ending === 'undo') {
    await target.undo();
  } else {
    write('committed', record);
    await target.drop();
  }
  write(null, record);
}

/** What a later process does; the warnings. The result tells which state the target has to have then. */
export async function recoverFrom(
  journal: string,
  ending: Ending,
): Promise<{ state: 'old' | 'new'; warnings: string[] }> {
  const { phase, record } = JSON.parse(readFileSync(journal, 'utf8')) as Journal;
  const reporter = recordingReporter();
  if (phase === null) return { state: ending === 'undo' ? 'old' : 'new', warnings: [] };
  const swapping = phase !== 'staging';
  const recovery = await localStorage.openRecovery(record, { reporter, signal: UNSTOPPED, swapping });
  await (phase === 'committed' ? recovery.finish() : recovery.undo());
  return { state: phase === 'committed' ? 'new' : 'old', warnings: reporter.warnings };
}

export function isSwapping(journal: string): boolean {
  const { phase } = JSON.parse(readFileSync(journal, 'utf8')) as Journal;
  return phase === 'swapping' || phase === 'committed';
}
