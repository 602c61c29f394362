import type { ArchiveEntry } from './archive.ts';

/** An entry with what is needed to find and check its bytes. */
export interface DirectoryEntry extends ArchiveEntry {
  /** As its name is in the zip: a directory's ends with a slash. */
  readonly zipName: string;
  /** The general purpose bits. */
  readonly flags: number;
  /** Where its local header begins, and where the next one or the directory begins. */
  readonly offset: number;
  readonly end: number;
}

/** The general purpose bit of an entry that is followed by a data descriptor. */
export const DESCRIPTOR_FLAG = 0x0008;
