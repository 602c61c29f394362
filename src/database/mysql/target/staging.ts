import type { Readable } from 'node:stream';
import { HoldfastError } from '../../../core/errors.ts';
import { printable } from '../../../core/printable.ts';
import { SETTING_KIND, type Statement, type TableInfo, type TargetOptions } from '../../engine.ts';
import { LOST_VIEW_KIND } from '../catalog/views.ts';
import { isServerError } from '../connection/failure.ts';
import type { Session } from '../connection/session.ts';
import { type Account, parseAccount, withDefiner } from '../definer.ts';
import { readStatements } from '../script.ts';
import { Connections } from './connections.ts';
import { statementFailure } from './failures.ts';
import { isNoteTable } from './load-note.ts';
import { loadRows } from './load-rows.ts';
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
  readonly #programs: string[] = [];
  #indexes: Promise<void>[] = [];

  /** @throws HoldfastError `usage` for a definer that is no account */
  constructor(options: TargetOptions) {
    this.#options = options;
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
        `The view ${name} is left out: it did not work at its source, for its tables lack columns that it names. Its text is in the archive.`,
      );
      return;
    }
    if (isProgram(statement)) {
      const programs = statements.map((sql) => this.#withDefiner(sql));
      if (await this.#try(statement, programs)) this.#programs.push(...programs);
      return;
    }
    if (isNoteTable(statement.name)) throw reservedName(statement.name);
    await this.#run(statement, statements);
    if (statement.kind === DATABASE_KIND) this.#settings.push(...statements);
  }

  load(table: TableInfo, rows: Readable): Promise<number> {
    return this.#connections.use('rows', (session) => loadRows(session, table, rows));
  }

  /** Waits until all is made. Returns what is to be run behind the tables, in order: statements of the server. */
  async end(): Promise<string[]> {
    await this.#indexesMade();
    await this.#connections.close();
    // Programs may be made under another collation of the database; behind them it is the archive's again.
    return [...this.#settings, ...this.#programs, ...this.#settings];
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
        await tryProgram(session, statement, statements);
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
