import type { Readable } from 'node:stream';
import { type ErrorDetails, Unfinished } from '../core/errors.ts';
import type { JournalRecord } from '../core/journal-record.ts';
import type { Problem } from '../core/problem.ts';
import type { Reporter } from '../core/reporter.ts';
import type { ObjectFacts, SelectionReport } from '../core/selection.ts';

/** One SQL statement of a schema, without a trailing newline, with its semicolon. */
export interface Statement {
  /** What it makes or sets, in capitals as PostgreSQL's command tags have it: `TABLE`, `INDEX`, `OWNER`, `ACL`, … */
  readonly kind: string;
  /** The schema of the object, or null where it has none. */
  readonly schema: string | null;
  readonly name: string;
  readonly sql: string;
  /** The number of the object that it belongs to; none where it can only be restored with the whole database. */
  readonly object?: number;
  /** What that object is and hangs together with; in its first statement alone. */
  readonly about?: ObjectFacts;
}

/** What every restore runs, also one of a few tables: settings of the connection. */
export const SETTING_KIND = 'SETTING';

/** Statement kinds with a meaning of their own on restore: `--no-owner` and `--no-privileges` leave them out. */
export const OWNER_KIND = 'OWNER';
export const PRIVILEGES_KIND = 'ACL';

/** A table whose rows are in the archive. */
export interface TableInfo {
  readonly schema: string;
  readonly name: string;
  /** The columns that the rows hold, in order. */
  readonly columns: readonly string[];
}

export interface SourceTable extends TableInfo {
  /** The size of its rows as the server estimates it, in bytes: for progress and for the order of work. */
  readonly estimatedBytes: number;
  /** False when `--exclude-table-data` leaves its rows out. */
  readonly withRows: boolean;
  /** The object that makes it, as in `Statement.object`; none where its rows only come with the whole database. */
  readonly object?: number;
  /** The table through which its rows are loaded, where that is another: another server may find other places for them there. */
  readonly loadInto?: Pick<TableInfo, 'schema' | 'name'>;
  /**
   * What to put before the rows, all of them at once, when they are loaded with the database's own client in one transaction;
   * null where nothing is needed.
   */
  readonly loadStatement: string | null;
}

/** A run of a table's rows that can be read by itself; what else it is only its engine knows. */
export interface TableSlice {
  /** The size of its rows as the server estimates it, in bytes. */
  readonly estimatedBytes: number;
}

/** Some of a table's rows, in the order of the table. */
export interface SourcePart {
  /** The rows as the server wrote them. To be read to its end before the next part is asked for. */
  readonly chunks: AsyncIterable<Buffer>;
  /**
   * The same into the reader's own buffers, in place of `chunks`: copies what comes next into `target` and returns how many bytes
   * that are; fewer than it has room for only where the part ends. Left out where an engine has buffers of its own.
   */
  fill?(target: Buffer): Promise<number>;
  /** How many rows it holds; valid once `chunks` has ended. */
  rows(): number;
}

/** A table in a database that is kept as one file. */
export interface TableContent {
  readonly schema: string;
  readonly name: string;
  /** Null where they cannot be counted. */
  readonly rows: number | null;
}

/**
 * What a database is and what it needs, as plain JSON data for the manifest. `engine` and `version` are shown to
 * users; the rest belongs to the engine, which reads it again in `DatabaseTarget.preflight`.
 */
export interface DatabaseFacts {
  readonly engine: string;
  /** The server's version as it spells it. */
  readonly version: string;
  readonly database: string;
  readonly encoding: string;
  /** How the snapshot is called at the source, for the record. */
  readonly snapshot: string | null;
  /** Where the one table of the archive is a whole file: the tables in it. */
  readonly contents?: readonly TableContent[];
  readonly [fact: string]: unknown;
}

export interface ConnectOptions {
  /** The database's URL; may hold a password. */
  readonly url: string;
  /** Where the engine finds the variables of its field (`PGPASSFILE`, `MYSQL_PWD`, …). */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly reporter: Reporter;
  /** Aborts every wait; a call that it interrupts rejects with the signal's reason. */
  readonly signal: AbortSignal;
}

export interface SourceOptions extends ConnectOptions {
  /** How many connections may be used at a time, at least 1. */
  readonly jobs: number;
  /**
   * True for a table, view or sequence that is to be backed up, with its parts and with what it needs; all are unless
   * given.
   */
  readonly selectTable?: ((schema: string, name: string) => boolean) | undefined;
  /** True for a table, view or sequence that is to be left out altogether. */
  readonly excludeTable: (schema: string, name: string) => boolean;
  /** True for a table whose rows are to be left out. */
  readonly excludeRows: (schema: string, name: string) => boolean;
  /** How long to wait for a lock that somebody else holds, in milliseconds; the engine's usual patience unless given. */
  readonly lockTimeout?: number;
  /** The encoding that rows come in, as `DatabaseFacts.encoding` names it; the database's own unless given. */
  readonly rowEncoding?: string;
  /** The facts of the export that it is compared with: what can be exported in more than one way comes as it did there. */
  readonly comparedWith?: DatabaseFacts;
}

/** One consistent state of a database, open for reading. */
export interface DatabaseSource {
  /** May be completed while rows are read. */
  readonly facts: DatabaseFacts;
  /** Everything that must exist before rows are loaded, in order. */
  readonly preData: readonly Statement[];
  /** What is faster or only right after the rows, in order. */
  readonly postData: readonly Statement[];
  /** The tables, in the order in which their rows can be loaded one after another. */
  readonly tables: readonly SourceTable[];
  /** What came of `SourceOptions.selectTable`; null without it. */
  readonly selection: SelectionReport | null;
  /**
   * The rows of `table` as slices that can be read at a time: one after another they are all of its rows, in its order. Which they
   * are does not depend on the number of jobs. A small table, or one that cannot be split, is one slice.
   */
  slices(table: SourceTable): Promise<readonly TableSlice[]>;
  /**
   * The rows of `table`, or of a slice of it, cut at row boundaries into parts of about `partBytes`. Several calls may run
   * at a time, up to the number of jobs; more wait for a connection.
   * @throws HoldfastError `failed` when the connection breaks or the server's row count is not what was read
   */
  parts(table: SourceTable, partBytes: number, slice?: TableSlice): AsyncIterable<SourcePart>;
  /**
   * Where parts are slices of a file, which may differ though what they hold does not: the tables in which it differs from an
   * archived file, and how.
   */
  compareContents?(archived: AsyncIterable<Buffer>): Promise<readonly ContentDifference[]>;
  /** Ends the snapshot and closes every connection. May be called twice. */
  close(): Promise<void>;
}

export interface ContentDifference {
  readonly schema: string;
  readonly name: string;
  /** One clause. */
  readonly what: string;
}

export interface TargetOptions extends ConnectOptions {
  /** Leave objects to the connecting role. */
  readonly noOwner: boolean;
  /** Leave grants out. */
  readonly noPrivileges: boolean;
  /** The account that views, routines, triggers and events are to run as, `user@host`; as archived unless given. */
  readonly definer: string | null;
  /** How many connections may be used at a time, at least 1. */
  readonly jobs: number;
  /** Whether what the database holds is replaced: removed in the same step that brings the new. If not, it must be empty. */
  readonly replace: boolean;
}

/** How much a database holds. */
export interface DatabaseSize {
  readonly tables: number;
  readonly bytes: number;
}

/** Thrown by `DatabaseTarget.commit` when the server could not be asked any more whether the load was committed, and where a journal decides. */
export class OutcomeUnknown extends Unfinished {
  constructor(message: string, details: ErrorDetails = {}) {
    super(message, details);
    this.name = 'OutcomeUnknown';
  }
}

/** What became of a load. */
export type Outcome = 'committed' | 'rolled back';

/** A database that an export is loaded into: all of it or nothing. */
export interface DatabaseTarget {
  readonly facts: DatabaseFacts;
  /** Where it is, as messages say it: `app at db:5432`; no secrets. */
  readonly name: string;
  /** True when there is nothing of a user's in it. */
  isEmpty(): Promise<boolean>;
  /** How much it holds, for people who are about to replace it. */
  measure(): Promise<DatabaseSize>;
  /** Everything that would make the load of an export with these facts fail; changes nothing. */
  preflight(archived: DatabaseFacts): Promise<Problem[]>;
  /**
   * Begins the load: nothing is visible to others before `commit`. With `replace`, what the database holds is removed,
   * as part of the load.
   * @throws HoldfastError `failed` when the database may not be replaced and is no longer empty
   */
  begin(archived: DatabaseFacts): Promise<void>;
  /** What `Engine.settle` needs to know about this load. Valid after `begin`. */
  record(): JournalRecord;
  /** Runs a statement, or takes it up to be run before the load ends: a later call may then tell of its failure. */
  execute(statement: Statement): Promise<void>;
  /** How many calls of `load` may be under way at a time. Valid after `begin`. */
  readonly loads: number;
  /** Where a load that has begun is not made in the usual way: how and why, as a clause for people. */
  readonly manner?: string | null;
  /** Loads one part of `table`'s rows (uncompressed, as `SourcePart.chunks` gave them); returns the rows the server counted. */
  load(table: TableInfo, rows: Readable): Promise<number>;
  /** Waits until all that `execute` has taken up is done, while the load can still be interrupted. */
  complete?(): Promise<void>;
  /**
   * Commits the load.
   * @throws OutcomeUnknown when it is not known what became of it; any other error: the database is as it was
   */
  commit(): Promise<void>;
  /** Removes what a committed load has put aside. What a crash leaves of it is removed by the next restore's `Engine.recover`. */
  clean(): Promise<void>;
  /** Leaves the database as it was before `begin`. Safe to call at any time. */
  rollback(): Promise<void>;
  /** Closes every connection; rolls back what was not committed. May be called twice. */
  close(): Promise<void>;
}

/** A load that a process left unfinished, and that is finished or undone now, or would be. */
export interface RecoveredLoad {
  /** For people: what was found, and where. */
  readonly description: string;
  readonly outcome: Outcome;
}

/** A database that is a file. */
export interface DatabaseFile {
  /** Without links on the way. */
  readonly path: string;
  /** What is added to its name for the files that lie beside it at times. */
  readonly suffixes: readonly string[];
}

/** The code for one kind of database. */
export interface Engine {
  /** As the manifest names it: `postgres`. */
  readonly name: string;
  /** As people write it: `PostgreSQL`. */
  readonly title: string;
  /** The URL schemes that select it, without colon. */
  readonly schemes: readonly string[];
  /** How a part's file name ends, before `.zst`: `copy`, `sql`. */
  readonly partSuffix: string;
  /**
   * The characters one of which begins the line of each row in a part, and does not belong to the row; other lines are no
   * rows. Null where all lines are rows; empty where parts are slices of a file, whose tables `DatabaseFacts.contents` tells.
   */
  readonly rowMarks: string | null;
  /** Where the schema of every object is the database itself, which may have another name where it is restored. */
  readonly schemaIsDatabase?: true;
  /** How a letter of a name is read that is not in quotes: `toLowerCase` where names are folded so. */
  readonly foldLetter: (letter: string) => string;
  /** Where databases are files: that of a URL, which need not exist. @throws HoldfastError `usage` for a bad URL */
  fileOf?(url: string): DatabaseFile;
  /** The facts of an archive as they are when only these of its statements are restored. */
  narrowFacts(facts: DatabaseFacts, statements: AsyncIterable<Statement>): Promise<DatabaseFacts>;
  /** @throws HoldfastError `usage` for a bad URL, `failed` when it cannot connect or meets what it cannot export */
  openSource(options: SourceOptions): Promise<DatabaseSource>;
  openTarget(options: TargetOptions): Promise<DatabaseTarget>;
  /**
   * Finishes or undoes what crashed loads left of themselves in and beside a database, and removes it. Loads that are still
   * on are left alone. Nothing is found where the server takes back by itself what was not committed.
   * @param options `dryRun`: only tell
   * @throws HoldfastError `failed` when it cannot be done (now)
   */
  recover(options: ConnectOptions & { readonly dryRun: boolean }): Promise<readonly RecoveredLoad[]>;
  /**
   * Finds out, after a crash, what became of a load, and leaves the database in that state.
   * @param options `url`: where the user says the database is now; null, or another database's: where the record says, with
   *   what the environment knows of passwords
   * @throws HoldfastError `failed` when it cannot be found out (now), `refused` for a record that makes no sense
   */
  settle(
    record: JournalRecord,
    options: Omit<ConnectOptions, 'url'> & { readonly url: string | null },
  ): Promise<Outcome>;
}
