import { type BigIntStats, constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { systemCodeOf } from '../../core/errors.ts';
import { formatCount } from '../../core/format.ts';
import { printable } from '../../core/printable.ts';
import type { Problem } from '../../core/problem.ts';
import { HeldDirectory } from './held-directory.ts';
import { mendOf } from './mend.ts';
import { mountPointsBelow } from './mount-points.ts';
import { isNoContent } from './own-names.ts';
import { type BytePath, fromText, toBytes } from './paths.ts';
import type { Place } from './place.ts';
import { reasonOf } from './reason.ts';

/** Of more than these the first are named, and the rest counted. */
const NAMED = 5;

const STICKY = 0o1000n;

const ALL = constants.R_OK | constants.W_OK | constants.X_OK;

/** Something that cannot be moved or removed, and what the system says of it. */
interface Stuck {
  readonly path: BytePath;
  readonly reason: string;
  readonly hint: string;
}

/**
 * What keeps the present content of a place from being moved away and removed: mount points in it, directories from
 * which nothing may be removed, entries that only others may remove. Looks at every directory, and at files only where
 * each one's owner counts.
 */
export async function removalProblems({ path, renamable }: Place): Promise<Problem[]> {
  const problems: Problem[] = [];
  for (const mountPoint of await mountPointsBelow(fromText(path))) {
    const shown = printable(toBytes(mountPoint));
    problems.push({
      message: `${shown} is a mount point: what is mounted there would have to be replaced too`,
      hint: `umount ${shown}`,
    });
  }
  let count = 0;
  for await (const { path: stuck, reason, hint } of findStuck(path, renamable)) {
    count += 1;
    const message = `${printable(toBytes(stuck))} cannot be replaced: ${reason}`;
    if (count <= NAMED) problems.push({ message, hint });
  }
  if (count > NAMED) {
    problems.push({
      message: `${formatCount(count - NAMED, 'more entry', 'more entries')} of ${printable(path)} cannot be replaced either`,
      hint: 'the same, or run holdfast as root',
    });
  }
  return problems;
}

async function* findStuck(path: string, renamable: boolean): AsyncGenerator<Stuck, void, void> {
  await using held = await HeldDirectory.open(fromText(renamable ? dirname(path) : path)).catch(() => null);
  // What may not even be opened is told as the directory that cannot be written.
  if (held === null) return;
  if (!renamable) {
    yield* stuckIn(held, await held.stats(), true);
    return;
  }
  const name = fromText(basename(path));
  const own = await held.look(name);
  if (own !== null) yield* stuckAt(held, await held.stats(), name, own, false);
}

/** @param areMoved whether the directory's entries are moved to another one before they are removed */
async function* stuckIn(
  directory: HeldDirectory,
  stats: BigIntStats,
  areMoved: boolean,
): AsyncGenerator<Stuck, void, void> {
  const ownersCount = (stats.mode & STICKY) !== 0n && isBinding(stats);
  for await (const { name, isDirectory } of directory.list()) {
    if (!isDirectory && !areMoved && !ownersCount) continue;
    if (areMoved && isNoContent(name)) continue;
    const entry = await directory.look(name);
    // Something else is mounted there, which has been told already; or it is gone.
    if (entry !== null && entry.dev === stats.dev) yield* stuckAt(directory, stats, name, entry, areMoved);
  }
}

async function* stuckAt(
  parent: HeldDirectory,
  above: BigIntStats,
  name: BytePath,
  entry: BigIntStats,
  isMoved: boolean,
): AsyncGenerator<Stuck, void, void> {
  const path = parent.named(name);
  // Source: unlink(2) and rename(2), on the restricted deletion flag of the directory.
  if ((above.mode & STICKY) !== 0n && isBinding(above) && isBinding(entry)) {
    const reason = 'it belongs to another user, in a sticky directory';
    yield { path, reason, hint: 'run holdfast as its owner or as root' };
    return;
  }
  // What a symlink leads to is not replaced.
  if (!entry.isDirectory() && !entry.isFile()) return;
  const refusal = await refusalOf(parent.to(name), entry.isFile() ? constants.W_OK : ALL);
  const denied = systemCodeOf(refusal) === 'EACCES';
  // Permission to write a file is none that its removal needs; but an immutable one refuses to everybody.
  if (!entry.isDirectory() && (refusal === null || denied)) return;
  // An owner can give the permission back, and removal does; but a directory that is moved has to have it already.
  if (refusal !== null && !(denied && !isMoved && (!isBinding(entry) || (await isEmpty(parent, name))))) {
    yield { path, reason: reasonOf(refusal), hint: mendOf(toBytes(path), refusal) };
    return;
  }
  if (!entry.isDirectory()) return;
  await using directory = await parent.open(name).catch(() => null);
  if (directory !== null) yield* stuckIn(directory, entry, false);
}

async function isEmpty(parent: HeldDirectory, name: BytePath): Promise<boolean> {
  await using directory = await parent.open(name).catch(() => null);
  return (await directory?.isEmpty()) ?? false;
}

async function refusalOf(path: Buffer, mode: number): Promise<unknown> {
  return access(path, mode).then(
    () => null,
    (error: unknown) => error,
  );
}

/** True for what belongs to another user, when that counts for the present one. */
function isBinding({ uid }: BigIntStats): boolean {
  const own = process.geteuid?.();
  return own !== undefined && own !== 0 && uid !== BigInt(own);
}
