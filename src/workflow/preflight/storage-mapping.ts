import type { ManifestStorage } from '../archive/manifest.ts';
import { HoldfastError } from '../core/errors.ts';

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
 * needed.
 * @throws HoldfastError `usage` when either side has a storage that the other lacks, or one is given twice
 */
export function mapStorages(
  archived: readonly ManifestStorage[],
  chosen: readonly StorageChoice[],
): MappedStorage[] {
  const [only, ...otherArchived] = archived;
  const [choice, ...otherChosen] = chosen;
  if (
    only !== undefined &&
    choice !== undefined &&
    otherArchived.length === 0 &&
    otherChosen.length === 0 &&
    !choice.named
  ) {
    return [{ archived: only, location: choice.location }];
  }
  const names = archived.map(({ name }) => name).join(', ') || 'none';
  for (const [index, { name }] of chosen.entries()) {
    if (chosen.findIndex((other) => other.name === name) < index) {
      throw new HoldfastError('usage', `Two targets are given for the storage ${name}.`, {
        hint: 'Give one.',
      });
    }
    if (!archived.some((storage) => storage.name === name)) {
      throw new HoldfastError('usage', `The archive has no storage called ${name}; it has: ${names}.`, {
        hint: "Name the archive's storage: --storage NAME=LOCATION.",
      });
    }
  }
  return archived.map((storage) => {
    const match = chosen.find(({ name }) => name === storage.name);
    if (match !== undefined) return { archived: storage, location: match.location };
    throw new HoldfastError(
      'usage',
      `No target is given for the archive's storage ${storage.name}; it has: ${names}.`,
      {
        hint: `Give --storage ${storage.name}=LOCATION, or --skip-files for the database alone.`,
      },
    );
  });
}
