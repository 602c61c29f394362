import type { Reporter } from '../../core/reporter.ts';
import type { StorageChoice } from './storage-mapping.ts';

/** What a preflight, and the restore after it, is asked for. */
export interface PreflightRequest {
  /** Where the archive lies: a path, or `-`. */
  readonly archive: string;
  /** The file that the key was read from; null when there is none. */
  readonly keyFile: string | null;
  /** Leave the archive's database out. */
  readonly skipDatabase: boolean;
  /** The database's URL; null when none is known. */
  readonly database: string | null;
  /** True when the command itself names the database, so that an archive without one is not what was meant. */
  readonly databaseIsNamed: boolean;
  /** Patterns; only tables that match are restored, with what they need. Empty: all. */
  readonly tables: readonly string[];
  /** Where the archive's storages go; null leaves the files out. */
  readonly storages: readonly StorageChoice[] | null;
  /** Globs; only files that match are restored. Empty: all. */
  readonly files: readonly string[];
  readonly noOwner: boolean;
  readonly noPrivileges: boolean;
  /** The account that views, routines, triggers and events are to run as; null: as archived. */
  readonly definer: string | null;
  readonly jobs: number;
  /** Replace what the targets hold. If not, they must be empty. */
  readonly overwrite: boolean;
  /** Restore an archive although its manifest says that something is missing. */
  readonly allowIncomplete: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly reporter: Reporter;
  readonly signal: AbortSignal;
}
