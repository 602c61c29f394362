import type { DatabaseFacts } from '../engine.ts';
import type { ServerVersion } from './connection/server.ts';

/** What a schema asks of the server that it is restored to; filled by the catalog, read by preflight. */
export interface Requirements {
  /** Accounts that programs and views run as, `user@host` unquoted, each with up to some of the objects, as messages name them. */
  readonly definers: readonly { readonly account: string; readonly objects: readonly string[] }[];
  /** Collations of the database, its tables, columns and programs; they imply the character sets. */
  readonly collations: readonly string[];
  /** Storage engines of its tables. */
  readonly storageEngines: readonly string[];
  /** Things that not every server has, in words of a message, each with an object that uses it and the first version of each flavor that has it (null: none). */
  readonly features: readonly Feature[];
  /** The kinds of its statements, as `Statement.kind` has them, and FOREIGN KEY where a table has one: what rights a restore takes. */
  readonly kinds: readonly string[];
  /** Tables, views and sequences whose names have capital letters: they come back in small ones where the target folds names. */
  readonly mixedCaseNames: readonly string[];
  /** Groups of tables, views and sequences whose names differ by case alone: they clash where the target folds names. */
  readonly caseClashes: readonly (readonly string[])[];
  /** Tables without a primary key: some servers take none (sql_require_primary_key, innodb_force_primary_key). */
  readonly tablesWithoutPrimaryKey: readonly string[];
  /** Tables with system versioning whose history is in the archive. */
  readonly historyTables: readonly string[];
  /** Functions that are neither DETERMINISTIC nor NO SQL nor READS SQL DATA: a server with a binary log may take none. */
  readonly undeclaredFunctions: readonly string[];
  /** Views, routines, triggers and events whose text names the database itself, as messages name them. */
  readonly ownName: readonly string[];
  /** Time zones of events that the server must know by name: not SYSTEM, not offsets. */
  readonly timeZones: readonly string[];
  /** General tablespaces that tables are in. */
  readonly tablespaces: readonly string[];
  /** Directories outside of the server's own that tables are in (DATA DIRECTORY). */
  readonly dataDirectories: readonly string[];
}

export interface Feature {
  /** `the type VECTOR`, `sequences`, `system-versioned tables`, … */
  readonly what: string;
  readonly object: string;
  /** As in `ServerVersion.number`. */
  readonly mysql: number | null;
  readonly mariadb: number | null;
}

/** What a MySQL or MariaDB database is and needs, for the manifest. */
export interface MysqlFacts extends DatabaseFacts, Pick<ServerVersion, 'flavor'> {
  readonly versionNumber: number;
  /** The database's default collation; `encoding` is its character set. */
  readonly collation: string;
  /** The server's lower_case_table_names: 0, 1 or 2. */
  readonly lowerCaseTableNames: number;
  /** In words, how consistent the backup is: which lock was had, how many connections, tables outside of the snapshot. */
  readonly consistency: string;
  /** The largest statement of the rows, in bytes: the target's max_allowed_packet must be larger. Valid once the rows are read. */
  readonly largestStatement: number;
  /** The tables whose indexes are made after their rows, as far as that can be. */
  readonly lateIndexes: readonly string[];
  /** What rows with system versioning have as the end of their time while they are current; null where there are no such rows. */
  readonly endOfTime: string | null;
  readonly requires: Requirements;
}
