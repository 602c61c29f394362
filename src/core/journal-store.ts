import { HoldfastError } from './errors.ts';
import type { Reporter } from './reporter.ts';

/** Thrown by `JournalStore.write` when the text may be the new one, now or in a moment, although writing it failed. */
export class UncertainWrite extends HoldfastError {}

/** The text of a journal as it lies in a store. */
export interface JournalText {
  /** Empty where what lies there can be no journal: it is larger than any, or no file. */
  readonly text: string;
  /** The user whose file it is, where that is another one: a journal says what to move and remove, and could say anything then. */
  readonly stranger: number | null;
}

/** What has the name of a journal, and cannot be opened: another user's, most likely. */
export interface ClosedJournal {
  /** A sentence without a full stop that names it. */
  readonly closed: string;
}

/**
 * A place for the journals of restores, beside the data that they tell of, where whoever restores there next finds them. It
 * knows texts and tokens (12 hex digits, a part of a journal's name), not what the texts say.
 */
export interface JournalStore {
  /** The absolute path of a directory, or a URL; no secrets. `Storage.openJournalStore` opens it again. */
  readonly address: string;
  /** True where it is reached from every host: then anyone who may write there can have written what lies in it. */
  readonly isShared: boolean;
  /** Where the journal of a restore lies, for people: a path or a URL. */
  addressOf(token: string): string;
  /** The tokens of all journals there. What writers that are gone have left half-written is removed. */
  tokens(): Promise<readonly string[]>;
  /** The journal of a restore; null when there is none (any more). */
  read(token: string): Promise<JournalText | ClosedJournal | null>;
  /**
   * Writes a journal in one step: after a crash the old text is there or the new one. Is not interrupted.
   * @throws UncertainWrite; any other HoldfastError `failed`: the old text is there
   */
  write(token: string, text: string): Promise<void>;
  /**
   * Writes a journal that is another process's. Of several that try so at the same moment, one at most succeeds.
   * @param present the text that was there when the caller decided to
   * @throws HoldfastError `refused` when another process is at it, or has been; `failed`
   */
  takeOver(token: string, present: string, text: string): Promise<void>;
  /** Removes a journal, and what is left half-written of it: the restore it tells of is over. */
  remove(token: string): Promise<void>;
  /**
   * What tells this store from another one that is at its address some day: where that happens (a disk is not mounted), nothing is
   * known of its journals. Digits, or `-`; null when there is none at all.
   */
  identity(): Promise<string | null>;
}

export interface JournalStoreOptions {
  /** Ends what is read; what is written is not interrupted. */
  readonly signal: AbortSignal;
  /** Is told of what is tried again. */
  readonly reporter?: Reporter;
}
