import { basename, dirname } from 'node:path';
import type { JournalRecord } from '../../core/journal-record.ts';
import type { RecoveryOptions, StorageRecovery } from '../storage.ts';
import { HoldfastError } from '../../core/errors.ts';
import { makeSwap, removeStaging, requireWorkspace } from './facts.ts';
import { inodeOf } from './inodes.ts';
import { findPlace } from './place.ts';
import { decodeRecord } from './record.ts';

/** Opens what a process has left of a restore into a directory. */
export async function openLocalRecovery(
  record: JournalRecord,
  { reporter, swapping }: RecoveryOptions,
): Promise<StorageRecovery> {
  const { swap: way, target, token, replace, facts } = decodeRecord(record);
  if (swapping && facts.staged === null) {
    throw new HoldfastError('refused', `The journal's record of ${target} lacks what was to be swapped in.`, {
      hint: 'It was changed, or written by another version of Holdfast.',
    });
  }
  const swap = makeSwap(way, { target, token, replace, reporter });
  return {
    name: target,
    async finish() {
      await requireWorkspace(swap, facts);
      await swap.finish(facts);
    },
    async undo() {
      await requireWorkspace(swap, facts);
      await (swapping ? swap.undo(facts) : removeStaging(swap));
    },
  };
}

/** True when a record is of a restore into the directory at `location`. One that makes no sense is of none. */
export async function concernsLocation(record: JournalRecord, location: string): Promise<boolean> {
  return record['target'] === (await findPlace(location)).path;
}

/** True when a record is of a restore into that very directory by another path: through a mount, or before one above was renamed. */
export async function concernsOtherwise(record: JournalRecord, location: string): Promise<boolean> {
  const { swap, target, workspaceInode } = record;
  const { path } = await findPlace(location);
  if (swap === 'directory' && (typeof target !== 'string' || basename(target) !== basename(path)))
    return false;
  const inode = await inodeOf(swap === 'directory' ? dirname(path) : path);
  return inode !== null && workspaceInode === inode.toString();
}
