import type { ArchiveEntry, ArchiveReader } from '../archive/archive.ts';
import { decodeAttributes } from '../archive/item-attributes.ts';
import { printable } from '../core/printable.ts';
import { release } from '../core/release.ts';
import type { Reporter } from '../core/reporter.ts';
import type { StorageItem, StorageTarget } from '../storage/storage.ts';
import { requireEntry } from './entries.ts';
import { FileSelection } from './preflight/select-files.ts';
import type { PlannedStorage } from './restore-plan.ts';

export interface StagedFiles {
  readonly files: number;
  readonly bytes: number;
}

/**
 * Writes a storage's files beside their target, without touching it.
 * @param globs only what matches, or lies in a directory that does, is written, in its directories; empty: everything
 */
export async function stageFiles(
  archive: ArchiveReader,
  { archived, target }: PlannedStorage,
  globs: readonly string[],
  reporter: Reporter,
  signal: AbortSignal,
): Promise<StagedFiles> {
  reporter.phase('stage', `Restoring files of ${archived.name}`, archived.bytes);
  const fit = target.fitting(archived.kind);
  const staged = { files: 0, bytes: 0 };
  await target.begin();
  for await (const item of new FileSelection(globs).itemsIn(archive, archived.name)) {
    signal.throwIfAborted();
    const entry = requireEntry(archive, item.entry);
    const sized = { ...item, size: entry.size };
    // Preflight has told of what does not fit, and was allowed to leave it out.
    if (fit?.(sized)?.isHeld === false) continue;
    if (item.type === 'file') await putFile(archive, entry, target, sized);
    else await target.put(sized, null);
    if (item.type === 'file') staged.files += 1;
    staged.bytes += item.content?.size ?? 0;
    reporter.progress(entry.size, printable(item.path));
  }
  await target.finish(archived.root === null ? null : decodeAttributes(archived.root));
  return staged;
}

async function putFile(
  archive: ArchiveReader,
  entry: ArchiveEntry,
  target: StorageTarget,
  item: StorageItem,
): Promise<void> {
  const whole = await archive.readWhole(entry);
  await target.put(item, whole ?? archive.open(entry));
  if (whole !== null) release(whole);
}
