import type { ManifestDatabase, ManifestStorage } from '../archive/manifest.ts';
import type { DatabaseTarget } from '../database/engine.ts';
import type { StorageTarget } from '../storage/storage.ts';

/** The archive's database with the one it goes to. */
export interface PlannedDatabase {
  readonly manifest: ManifestDatabase;
  readonly target: DatabaseTarget;
}

/** A storage of the archive with the target it goes to. */
export interface PlannedStorage {
  readonly archived: ManifestStorage;
  readonly target: StorageTarget;
}

/** What a restore will do, once nothing stands in its way. */
export interface RestorePlan {
  readonly database: PlannedDatabase | null;
  readonly storages: readonly PlannedStorage[];
  /** The same for people, a line each. */
  readonly lines: readonly string[];
}
