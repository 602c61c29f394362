import type { EncodedAttributes } from './item-attributes.ts';

/** The format of archives that this version writes, and the newest that it reads. */
export const FORMAT = 1;

/** `manifest.json`: what an archive holds, from where, and whether it is complete. */
export interface Manifest {
  readonly format: typeof FORMAT;
  /** The program that wrote it. */
  readonly tool: { readonly name: string; readonly version: string };
  /** A random UUID. */
  readonly id: string;
  /** ISO 8601, UTC. */
  readonly started: string;
  readonly finished: string;
  /** False when something of the source is missing; `problems` says what. */
  readonly complete: boolean;
  readonly problems: readonly ManifestProblem[];
  readonly database: ManifestDatabase | null;
  readonly storages: readonly ManifestStorage[];
  /** How many entries SHA256SUMS lists. */
  readonly entries: number;
  /** SHA-256 of SHA256SUMS. */
  readonly sums: string;
}

/** Something that is not, or not wholly, in the archive. */
export interface ManifestProblem {
  /** What it belongs to: `storage`. */
  readonly kind: string;
  readonly storage?: string;
  /** As people read it; `storage/<name>.jsonl` has the exact bytes. */
  readonly path?: string;
  /** One clause without a full stop. */
  readonly reason: string;
}

/** What the engine found at the source, as plain JSON data; what is not named here belongs to the engine. */
export interface ManifestFacts {
  readonly engine: string;
  readonly version: string;
  readonly database: string;
  readonly encoding: string;
  readonly snapshot: string | null;
  readonly [fact: string]: unknown;
}

export interface ManifestDatabase {
  readonly facts: ManifestFacts;
  /** How a part's name ends, before `.zst`: `copy`. */
  readonly partSuffix: string;
  /** How many statements `database/pre-data.sql` and `database/post-data.sql` hold. */
  readonly preDataStatements: number;
  readonly postDataStatements: number;
  readonly tables: readonly ManifestTable[];
  /** What was asked for when only some tables were; null, and in archives of older versions none, for all. */
  readonly selection?: ManifestSelection | null;
  /** The patterns of `--exclude-table`; none in archives of older versions. */
  readonly excludedTables?: readonly string[];
}

/** A selection of tables. */
export interface ManifestSelection {
  /** The patterns of `--table`. */
  readonly patterns: readonly string[];
  /** What else came because it is needed: a line for each object, the first of `neededCount`. */
  readonly needed: readonly string[];
  readonly neededCount: number;
  /** Parts of the tables that could not come, with what they lack: the first of `leftOutCount`. */
  readonly leftOut: readonly string[];
  readonly leftOutCount: number;
}

export interface ManifestTable {
  readonly schema: string;
  readonly name: string;
  /** Where its parts lie: `database/data/public.users`. */
  readonly directory: string;
  readonly columns: readonly string[];
  /** The sum of its parts' rows. */
  readonly rows: number;
  /** The sum of its parts' bytes, uncompressed. */
  readonly bytes: number;
  /** False when its rows were left out on purpose. */
  readonly withRows: boolean;
  /** The object that makes it, as the scripts number them. */
  readonly object?: number;
  /** In the order of the rows. */
  readonly parts: readonly ManifestPart[];
}

export interface ManifestPart {
  /** The name of its entry. */
  readonly entry: string;
  readonly rows: number;
  /** Uncompressed. */
  readonly bytes: number;
  /** SHA-256 of the uncompressed text. */
  readonly sha256: string;
}

export interface ManifestStorage {
  readonly name: string;
  /** The kind of storage at the source: `local`. */
  readonly kind: string;
  /** Where it was, without secrets. */
  readonly location: string;
  /** The attributes of its root, or null where the source has none; the index has those of what lies below. */
  readonly root: EncodedAttributes | null;
  readonly files: number;
  readonly directories: number;
  readonly symlinks: number;
  /** The sum of its files' sizes. */
  readonly bytes: number;
}
