import type { ArchiveReader } from '../../archive/archive.ts';
import type { ManifestStorage } from '../../archive/manifest.ts';
import { formatCount } from '../../core/format.ts';
import { printable } from '../../core/printable.ts';
import type { Problem } from '../../core/problem.ts';
import type { Reporter } from '../../core/reporter.ts';
import type { StorageSize, StorageTarget } from '../../storage/storage.ts';
import type { FileSelection } from './select-files.ts';

/** How many of the items that do not fit are named: the list of what stands in the way is to be read. */
const NAMED = 5;

export interface FitRequest {
  readonly selection: FileSelection;
  /** Leave out what does not fit, with a warning; if not, it is a problem. */
  readonly allowIncomplete: boolean;
  readonly reporter: Reporter;
  readonly signal: AbortSignal;
}

/** What came of holding an archived storage against a target. */
export interface FitResult {
  readonly problems: readonly Problem[];
  /** How much is left out. */
  readonly leftOut: StorageSize;
}

/** Finds what of an archived storage its target cannot hold, as another kind or a shorter prefix can; changes nothing. */
export async function fitItems(
  archive: ArchiveReader,
  archived: ManifestStorage,
  target: StorageTarget,
  { selection, allowIncomplete, reporter, signal }: FitRequest,
): Promise<FitResult> {
  const fit = target.fitting(archived.kind);
  const named: string[] = [];
  const lost = new Map<string, number>();
  const leftOut = { files: 0, bytes: 0 };
  if (fit === null) return { problems: [], leftOut };
  let count = 0;
  for await (const item of selection.itemsIn(archive, archived.name)) {
    signal.throwIfAborted();
    const size = item.content?.size ?? 0;
    const misfit = fit({ ...item, size });
    if (misfit === null) continue;
    if (misfit.isHeld) {
      lost.set(misfit.reason, (lost.get(misfit.reason) ?? 0) + 1);
      continue;
    }
    count += 1;
    leftOut.files += item.type === 'file' ? 1 : 0;
    leftOut.bytes += size;
    if (named.length < NAMED) named.push(`  ${printable(item.path)}: ${misfit.reason}`);
  }
  const subject = `storage ${archived.name}`;
  for (const [reason, items] of lost)
    reporter.warning(
      `${subject} is not restored with all that it was: ${reason} (${formatCount(items, 'item')}).`,
    );
  if (count === 0) return { problems: [], leftOut };
  if (count > named.length) named.push(`  and ${formatCount(count - named.length, 'more item')}`);
  const what = `${subject}: ${formatCount(count, 'item')} cannot be in ${printable(target.name)}`;
  if (allowIncomplete) {
    reporter.warning([`${what}, and ${count === 1 ? 'is' : 'are'} left out:`, ...named].join('\n'));
    return { problems: [], leftOut };
  }
  const hint = `--allow-incomplete leaves out what does not fit; a place like the one that it was archived from (${printable(archived.location)}) holds it`;
  return { problems: [{ message: [`${what}:`, ...named].join('\n'), hint }], leftOut };
}
