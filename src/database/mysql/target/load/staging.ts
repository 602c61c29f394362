import type { Readable } from 'node:stream';
import { HoldfastError } from '../../../../core/errors.ts';
import { printable } from '../../../../core/printable.ts';
import { SETTING_KIND, type Statement, type TableInfo, type TargetOptions } from '../../../engine.ts';
import { LOST_VIEW_KIND } from '../../catalog/programs/views.ts';
import { isServerError } from '../../connection/failure.ts';
import type { ServerVersion } from '../../connection/server.ts';
import type { Session } from '../../connection/session.ts';
import { type Account, accountLabel, definerOf, parseAccount, withDefiner } from '../../definer.ts';
import { refusedDefiners } from '../../preflight/refused-definers.ts';
import { BOUNDS_COLLATION, hasLettersInBounds } from '../../partition-bounds.ts';
import { readStatements } from '../../script.ts';
import { withKnownModes } from '../../sql-modes.ts';
import { Connections } from './connections.ts';
import { statementFailure } from '../failures.ts';
import { isNoteTable } from '../swap/load-note.ts';
import { loadRows } from './load-rows.ts';
import { ownProgram } from './own-program.ts';
import type { MadeProgram } from '../swap/made-programs.ts';
import type { Made } from '../swap/swap.ts';
import { isProgram, mayFail, removeStandIns, tryProgram } from './trial.ts';

const DATABASE_KIND = 'DATABASE';
const INDEX_KIND = 'INDEX';
/** `ER_LOCK_DEADLOCK`: the server took back the whole statement. */
const deadlock = 1213;
const mostAttempts = 20;

/** The side database while an archive is loaded into it. */
export class Staging {
  readonly #connections = new Connections();
  readonly #options: TargetOptions;
  readonly #definer: Account | null;
  /** What the swap is to run behind the tables: statements of the server. */
  readonly #settings: string[] = [];
  readonly #programs: MadeProgram[] = [];
  readonly #standingLast = new Set<string>();
  /** Accounts that programs may run as, and which the server lets us name. */
  readonly #definers = new Set<string>();
  /** The tables whose rows are loaded under `BOUNDS_COLLATION`. */
  readonly #introduced = new Set<string>();
  #indexes: Promise<void>[] = [];

  readonly #flavor: ServerVersion['flavor'];
  /** Of the archive's server: see `readEndOfTime`. */
  readonly #endOfTime: string | null;

  /** @throws HoldfastError `usage` for a definer that is no account */
  constructor(options: TargetOptions, { flavor }: ServerVersion, endOfTime: string | null) {
    this.#endOfTime = endOfTime;
    this.#options = options;
    this.#flavor = flavor;
    this.#definer = options.definer === null ? null : parseAccount(options.definer);
  }

  /** Takes a connection to the side database in, set for statements of a schema. */
  add(session: Session): void {
    this.#connections.add(session);
  }

  /** Runs a statement. Indexes are made meanwhile: a later call may tell of their failure. */
  async execute(statement: Statement): Promise<void> {
    const statements = readStatements(statement.sql);
    if (statement.kind === INDEX_KIND) {
      const made = this.#run(statement, statements);
      // A failure is told when they are waited for.
      made.catch(() => undefined);
      this.#indexes.push(made);
      return;
    }
    await this.#indexesMade();
    if (statement.kind === SETTING_KIND) {
      for (const sql of statements) await this.#connections.set(sql);
      return;
    }
    if (statement.kind === LOST_VIEW_KIND) {
      const name = printable(statement.name);
      this.#options.reporter.warning(
        `The view ${name} is left out: it did not work at its source, and no server makes it. Its text is in the archive.`,
      );
      return;
    }
    if (isProgram(statement)) {
      const own = statements.map((sql) => ownProgram(statement, sql));
      const programs = own.map((sql) => withKnownModes(this.#withDefiner(sql), this.#flavor));
      if (await this.#try(statement, programs)) {
        this.#programs.push({ kind: statement.kind, statements: programs });
      }
      return;
    }
    if (isNoteTable(statement.name)) throw reservedName(statement.name);
    if (hasLettersInBounds(statement.sql)) this.#introduced.add(statement.name);
    await this.#run(statement, statements);
    if (statement.kind === DATABASE_KIND) this.#settings.push(...statements);
  }

  load(table: TableInfo, rows: Readable): Promise<number> {
    const collation = this.#introduced.has(table.name) ? BOUNDS_COLLATION : 'binary';
    return this.#connections.use('rows', async (session) => {
      await session.run(`SET collation_connection = ${collation}`);
      return loadRows(session, table, rows, this.#endOfTime);
    });
  }

  /** Waits until all is made. Returns what is to be run behind the tables. */
  async end(): Promise<Made> {
    await this.#indexesMade();
    await this.#connections.close();
    return { settings: this.#settings, programs: this.#programs, standingLast: this.#standingLast };
  }

  /** Ends every connection, in the middle of whatever it does. */
  async close(): Promise<void> {
    await this.#connections.close();
    await Promise.allSettled(this.#indexes);
  }

  async #run(statement: Statement, statements: readonly string[]): Promise<void> {
    await this.#connections.use('schema', async (session) => {
      try {
        for (const sql of statements) await runPatiently(session, sql);
      } catch (error) {
        throw isServerError(error) ? statementFailure(error, statement) : error;
      }
    });
  }

  /** Whether the server takes a program; false for one that need not work. */
  async #try(statement: Statement, statements: readonly string[]): Promise<boolean> {
    return this.#connections.use('schema', async (session) => {
      try {
        await this.#tryDefiners(session, statements);
        const last = await tryProgram(session, statement, statements);
        for (const sql of last) this.#standingLast.add(sql);
        return true;
      } catch (error) {
        if (!isServerError(error)) throw error;
        const failure = statementFailure(error, statement);
        if (!mayFail(statement)) throw failure;
        const why = `${failure.message}. It did not work at its source either, and is left out.`;
        this.#options.reporter.warning(why);
        await removeStandIns(session, statements);
        return false;
      } finally {
        await this.#connections.reset(session);
      }
    });
  }

  /** What is tried runs as ourselves: whether it may run as others is found out once for each. */
  async #tryDefiners(session: Session, statements: readonly string[]): Promise<void> {
    for (const definer of statements.map(definerOf)) {
      const account = definer === null ? null : accountLabel(definer);
      if (account === null || this.#definers.has(account)) continue;
      for (const error of (await refusedDefiners(session, [account])).values()) throw error;
      this.#definers.add(account);
    }
  }

  #withDefiner(sql: string): string {
    if (this.#definer !== null) return withDefiner(sql, this.#definer);
    return this.#options.noOwner ? withDefiner(sql, null) : sql;
  }

  async #indexesMade(): Promise<void> {
    const outcomes = await Promise.allSettled(this.#indexes);
    this.#indexes = [];
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
  }
}

/** Statements about tables that foreign keys join may wait for each other; one of them is told to try again. */
async function runPatiently(session: Session, sql: string): Promise<void> {
  for (let attempts = 1; ; attempts += 1) {
    try {
      await session.run(sql);
      return;
    } catch (error) {
      const isDeadlock = isServerError(error) && error.code === deadlock;
      if (!isDeadlock || attempts === mostAttempts) throw error;
    }
  }
}

function reservedName(name: string): HoldfastError {
  return new HoldfastError(
    'failed',
    `A table must not have the name ${printable(name)}, which a restore uses itself.`,
    { hint: 'Rename it at its source, and make another backup. Nothing was changed.' },
  );
}
