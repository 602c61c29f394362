import type { Reporter } from '../../core/reporter.ts';

/** What has to be known of a swap, beside the path and the token, to finish or undo it: it holds in every process. */
export interface SwapFacts {
  /** The inode of the directory in which everything is made; null when it is missing. */
  readonly workspace: bigint | null;
  /** The inode of the target, which a rename does not change; null when it is missing. */
  readonly target: bigint | null;
  /** The staged tree; null before it is there. */
  readonly staged: StagedTree | null;
}

export interface StagedTree {
  readonly inode: bigint;
  /**
   * When the last attribute of it was set, in nanoseconds since 1970 by the file system's own clock: what has changed
   * later was changed by somebody else. (A time of change, unlike one of modification, cannot be set at will.)
   */
  readonly completed: bigint;
  /** True when it has a `lost+found` of its own at the top, which then is content like all else. */
  readonly lostAndFound: boolean;
}

export interface SwapOptions {
  /** The absolute real path of the directory. */
  readonly target: string;
  /** Makes the names of what is made beside the target its own. */
  readonly token: string;
  /** Whether what the target holds may be removed at the end. */
  readonly replace: boolean;
  readonly reporter: Reporter;
}

/**
 * A way to put a staged tree in the place of a target directory. It remembers nothing: each step looks at what the file
 * system has, so that another process can do it, and do it again when it was cut off.
 */
export interface Swap {
  /** The path of the staging directory: not there until somebody makes it, and on the target's file system. */
  readonly staging: string;
  /** The directory in which the staging directory is made. */
  readonly workspace: string;
  /** Puts the staged tree in place and what was there aside. When it throws, `undo` is needed. */
  swap(facts: SwapFacts): Promise<void>;
  /** At any point of `swap` and `undo`, and after them: the old tree is in place again, and the staged one is gone. */
  undo(facts: SwapFacts): Promise<void>;
  /**
   * After a complete swap: removes what was put aside.
   * @throws HoldfastError `failed` when the swap is not complete
   */
  finish(facts: SwapFacts): Promise<void>;
}
