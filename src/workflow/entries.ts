import type { ArchiveEntry, ArchiveReader } from '../archive/archive.ts';
import { HoldfastError } from '../core/errors.ts';

/** The entry called `name`. @throws HoldfastError `damaged` when the archive lacks it */
export function requireEntry(archive: ArchiveReader, name: string): ArchiveEntry {
  const entry = archive.entry(name);
  if (entry !== undefined) return entry;
  throw new HoldfastError('damaged', `${archive.name} lacks the entry ${name}.`);
}
