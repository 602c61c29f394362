import type { EditedArchive } from './edited-archive.ts';

/** An attack: what somebody makes who writes an archive by hand, with every checksum right. */
export interface Attack {
  readonly name: string;
  readonly edit: (archive: EditedArchive) => void;
  /** What the refusal says. */
  readonly message: RegExp;
  /** Whether the archive opens, so that `inspect`, which reads structure and manifest alone, has nothing to refuse. */
  readonly opens?: boolean;
  /** Whether it lies in the database alone, which a restore of the files does not read. */
  readonly isInDatabase?: boolean;
}
