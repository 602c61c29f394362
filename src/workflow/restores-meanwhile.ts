import type { ManifestProblem } from '../archive/manifest.ts';
import { HoldfastError } from '../core/errors.ts';
import type { Reporter } from '../core/reporter.ts';
import type { StorageSource } from '../storage/storage.ts';
import { journalsFor } from './journal/find-journals.ts';
import type { Journal } from './journal/journal.ts';
import { describeJournal } from './journal/recover-journal.ts';
import { isOn } from './journal/restore-journal.ts';

interface Surroundings {
  readonly reporter: Reporter;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * A storage that a restore has left in the middle is neither what it was nor what it was to be: no backup of it would be true.
 * @throws HoldfastError `failed`
 */
export async function refuseUnfinishedRestores(
  storages: readonly { readonly location: string }[],
  { reporter, env }: Surroundings,
): Promise<void> {
  const files = await journalsFor(
    storages.map(({ location }) => location),
    reporter,
    env,
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
  storages: readonly { readonly name: string; readonly source: StorageSource }[],
  { reporter, env }: Surroundings,
): Promise<ManifestProblem[]> {
  const problems: ManifestProblem[] = [];
  for (const { name, source } of storages) {
    const files = await journalsFor([source.name], reporter, env);
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
