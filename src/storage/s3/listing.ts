import { printable } from '../../core/printable.ts';
import type { Reporter } from '../../core/reporter.ts';
import type { Bucket } from '../../s3/bucket.ts';
import type { ListedObject } from '../../s3/types.ts';
import type { ItemProblem, StorageItem } from '../storage.ts';
import { ownNameOf } from './keys.ts';
import type { ListedSample } from './listed-sample.ts';

export interface ListingOptions {
  readonly bucket: Bucket;
  readonly prefix: string;
  readonly exclude: (path: string) => boolean;
  /** Takes what is listed. */
  readonly sample: ListedSample;
  readonly reporter: Reporter;
  readonly signal: AbortSignal;
}

type OnProblem = (problem: ItemProblem) => void;

/** Every object below the prefix, in the order of the service. Holds one page of the listing. */
export async function* listItems(
  { bucket, prefix, exclude, sample, reporter, signal }: ListingOptions,
  onProblem: OnProblem,
): AsyncGenerator<StorageItem, void, void> {
  const isExcluded = excludeTrees(exclude);
  const reportOwnName = ownNameReports(reporter, onProblem);
  for await (const object of bucket.list(prefix)) {
    signal.throwIfAborted();
    sample.add(object);
    const path = object.key.slice(prefix.length);
    if (path === '') reportMarker(object, reporter, onProblem);
    else if (ownNameOf(path) !== null) reportOwnName(path);
    else if (!isExcluded(path)) yield itemOf(path, object);
  }
  signal.throwIfAborted();
}

/** @param path the key behind the prefix */
export function itemOf(
  path: string,
  { size, modified }: Pick<ListedObject, 'size' | 'modified'>,
): StorageItem {
  return {
    type: 'file',
    path: Buffer.from(path),
    size,
    mtimeNs: BigInt(modified.getTime()) * 1_000_000n,
  };
}

/** The object of the prefix itself, which some programs make as a folder: as a file it would have no name. */
function reportMarker({ key, size }: ListedObject, reporter: Reporter, onProblem: OnProblem): void {
  if (size === 0) {
    reporter.detail(`left out the empty object ${printable(key)}, which stands for a folder`);
    return;
  }
  const reason = `is the object of the prefix itself and holds ${size} bytes; there is no name for it`;
  onProblem({ path: Buffer.from(key), reason });
}

/** Says once of each restore that it has left something in the prefix. */
function ownNameReports(reporter: Reporter, onProblem: OnProblem): (path: string) => void {
  const said = new Set<string>();
  return (path) => {
    const name = ownNameOf(path) ?? path;
    // What was put aside is a part of what should be here; all else that a restore leaves says nothing of it.
    const isPutAside = path.startsWith(`${name}/old`);
    const subject = isPutAside ? `${name}/old` : name;
    if (said.has(subject)) return;
    said.add(subject);
    const reason = 'a restore into this prefix was not finished; holdfast restore --recover settles it';
    if (isPutAside) onProblem({ path: Buffer.from(subject), reason });
    else if (name.startsWith('.holdfast-kept-'))
      reporter.warning(
        `left out ${name}: a restore that was undone has kept there what was written meanwhile`,
      );
    else reporter.warning(`left out ${name}: ${reason}`);
  };
}

/** True for a path that is excluded, or lies below one that is. Keys of one directory follow each other. */
function excludeTrees(exclude: (path: string) => boolean): (path: string) => boolean {
  let directory = '';
  let verdict = false;
  const isTreeExcluded = (of: string): boolean => {
    for (let end = of.indexOf('/'); end !== -1; end = of.indexOf('/', end + 1))
      if (end > 0 && exclude(of.slice(0, end))) return true;
    return false;
  };
  return (path) => {
    const parent = path.slice(0, path.lastIndexOf('/') + 1);
    if (parent !== directory) {
      directory = parent;
      verdict = isTreeExcluded(parent);
    }
    return verdict || exclude(path);
  };
}
