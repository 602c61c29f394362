/** A way to put a staged tree in the place of a target directory. */
export interface Swap {
  /** The path of the staging directory: not there until somebody makes it, and on the target's file system. */
  readonly staging: string;
  /** The directory in which the staging directory is made. */
  readonly workspace: string;
  /** Where `swap` puts what was there. */
  readonly old: string;
  /** Puts the staged tree in place and what was there aside. When it throws, all is as before. */
  swap(): Promise<void>;
  /** After a swap: takes the staged tree out again and brings the old one back. */
  undo(): Promise<void>;
  /** Removes what was put aside. */
  drop(): Promise<void>;
}
