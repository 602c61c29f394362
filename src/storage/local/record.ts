import { isAbsolute } from 'node:path';
import { HoldfastError } from '../../core/errors.ts';
import type { JournalRecord } from '../../core/journal-record.ts';
import { isToken } from './own-names.ts';
import type { StagedTree, SwapFacts } from './swap.ts';

/** What a journal keeps of a restore into a directory. Every other path is derived from these. */
export interface LocalRecord {
  /** Which way it is swapped. */
  readonly swap: 'directory' | 'children';
  readonly target: string;
  readonly token: string;
  readonly replace: boolean;
  readonly facts: SwapFacts;
}

/** Inodes and times go beyond what numbers of JSON hold exactly: they are written as decimal strings. */
export function encodeRecord({ facts, ...record }: LocalRecord): JournalRecord {
  const { workspace, target, staged } = facts;
  return {
    ...record,
    workspaceInode: workspace?.toString() ?? null,
    targetInode: target?.toString() ?? null,
    staged:
      staged === null
        ? null
        : { ...staged, inode: staged.inode.toString(), completed: staged.completed.toString() },
  };
}

/** @throws HoldfastError `refused` for what `encodeRecord` cannot have made on this system */
export function decodeRecord(record: JournalRecord): LocalRecord {
  const { swap, target, token, replace, workspaceInode, targetInode, staged } = record;
  if (swap !== 'directory' && swap !== 'children') throw unusable('swap');
  if (typeof target !== 'string' || !isAbsolute(target) || target.includes('\0')) throw unusable('target');
  if (!isToken(token)) throw unusable('token');
  if (typeof replace !== 'boolean') throw unusable('replace');
  const facts = {
    workspace: nullOr(workspaceInode, 'workspaceInode'),
    target: nullOr(targetInode, 'targetInode'),
    staged: staged === null ? null : decodeStaged(staged),
  };
  return { swap, target, token, replace, facts };
}

function decodeStaged(value: unknown): StagedTree {
  if (typeof value !== 'object' || value === null) throw unusable('staged');
  const { inode, completed, lostAndFound } = value as Readonly<Record<string, unknown>>;
  if (typeof lostAndFound !== 'boolean') throw unusable('lostAndFound');
  return { inode: integer(inode, 'inode'), completed: integer(completed, 'completed'), lostAndFound };
}

function nullOr(value: unknown, name: string): bigint | null {
  return value === null ? null : integer(value, name);
}

function integer(value: unknown, name: string): bigint {
  if (typeof value !== 'string' || !/^-?\d{1,40}$/.test(value)) throw unusable(name);
  return BigInt(value);
}

function unusable(name: string): HoldfastError {
  return new HoldfastError('refused', `The journal's record of a local storage has no usable "${name}".`, {
    hint: 'It was changed, or written on another system or by another version of Holdfast.',
  });
}
