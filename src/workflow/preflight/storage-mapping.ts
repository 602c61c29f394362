import type { ManifestStorage } from '../../archive/manifest.ts';
import { HoldfastError } from '../../core/errors.ts';
import type { Problem } from '../../core/problem.ts';

/** A storage of the command line. */
export interface StorageChoice {
  readonly name: string;
  /** True when the name was written, false when it is only the last part of the location. */
  readonly named: boolean;
  readonly location: string;
}

/** Which of the archive's storages goes where. */
export interface MappedStorage {
  readonly archived: ManifestStorage;
  readonly location: string;
}

/**
 * Maps the archive's storages to targets by name; where there is one on both sides and the target was not named, no name is
 * needed. Either side's storages that the other lacks are problems.
 * @throws HoldfastError `usage` when one is given twice
 */
export function mapStorages(
  archived: readonly ManifestStorage[],
  chosen: readonly StorageChoice[],
): { readonly mapped: readonly MappedStorage[]; readonly problems: readonly Problem[] } {
  const [only, ...otherArchived] = archived;
  const [choice, ...otherChosen] = chosen;
  if (
    only !== undefined &&
    choice !== undefined &&
    otherArchived.length === 0 &&
    otherChosen.length === 0 &&
    !choice.named
  ) {
    return { mapped: [{ archived: only, location: choice.location }], problems: [] };
  }
  const has = `it has: ${archived.map(({ name }) => name).join(', ') || 'none'}`;
  const problems: Problem[] = [];
  for (const [index, { name }] of chosen.entries()) {
    if (chosen.findIndex((other) => other.name === name) < index) {
      throw new HoldfastError('usage', `Two targets are given for the storage ${name}.`, {
        hint: 'Give one.',
      });
    }
    if (!archived.some((storage) => storage.name === name)) {
      problems.push({
        message: `the archive has no storage called ${name}; ${has}`,
        hint: "name the archive's storage: --storage NAME=LOCATION",
      });
    }
  }
  const mapped: MappedStorage[] = [];
  for (const storage of archived) {
    const match = chosen.find(({ name }) => name === storage.name);
    if (match !== undefined) mapped.push({ archived: storage, location: match.location });
    else {
      problems.push({
        message: `no target is given for the archive's storage ${storage.name}; ${has}`,
        hint: `give --storage ${storage.name}=LOCATION, or --skip-files for the database alone`,
      });
    }
  }
  return { mapped, problems };
}
