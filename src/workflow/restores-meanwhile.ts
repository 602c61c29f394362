import type { ManifestProblem } from '../archive/manifest.ts';
import { HoldfastError } from '../core/errors.ts';
import type { StorageSource } from '../storage/storage.ts';
import { journalsFor, type SearchOptions } from './journal/find-journals.ts';
import type { Journal } from './journal/journal.ts';
import { describeJournal } from './journal/recover-journal.ts';
import { isOn } from './journal/restore-journal.ts';

/**
 * A storage that a restore has left in the middle is neither what it was nor what it was to be: no backup of it would be true.
 * @throws HoldfastError `failed`
 */
export async function refuseUnfinishedRestores(
  storages: readonly { readonly location: string }[],
  options: SearchOptions,
): Promise<void> {
  const files = await journalsFor(
    storages.map(({ location }) => location),
    options,
  );
  const file = files.find(({ journal }) => isInBetween(journal));
  if (file === undefined) return;
  throw new HoldfastError('failed', `A storage to back up is in ${describeJournal(file)}.`, {
    hint: isOn(file.journal)
      ? 'Wait until that restore has ended.'
      : 'Finish or undo it first: holdfast restore --recover',
  });
}

/** What a backup has to say of storages into which something was restored while it read them. */
export async function replacedStorages(
  storages: readonly { readonly name: string; readonly location: string; readonly source: StorageSource }[],
  options: SearchOptions,
): Promise<ManifestProblem[]> {
  const problems: ManifestProblem[] = [];
  const detail = (message: string): void => options.reporter.detail(message);
  // Journals that cannot be read have been told of when the backup began.
  const quiet = { ...options, reporter: { phase: () => {}, progress: () => {}, warning: detail, detail } };
  for (const { name, location, source } of storages) {
    const files = await journalsFor([location], quiet);
    if (!files.some(({ journal }) => isInBetween(journal)) && !(await source.isReplaced())) continue;
    const reason = 'something was restored into it while it was read: its files may be of two states';
    problems.push({ kind: 'storage', storage: name, reason });
  }
  return problems;
}

/** One that has committed, and is over, has only left something that it could not remove. */
function isInBetween(journal: Journal): boolean {
  return journal.phase !== 'committed' || isOn(journal);
}
