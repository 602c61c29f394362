import type { Readable } from 'node:stream';
import { HoldfastError } from '../../../../core/errors.ts';
import type { JournalRecord } from '../../../../core/journal-record.ts';
import { SETTING_KIND, type Statement, type TableInfo, type TargetOptions } from '../../../engine.ts';
import { isLargeObjectData } from '../../catalog/large-object-data.ts';
import { isServerError, serverMessage } from '../../connection/failure.ts';
import type { Session } from '../../connection/session.ts';
import type { PostgresFacts } from '../../facts.ts';
import { blockedFailure, lockStates } from '../blockers.ts';
import type { Cleared } from '../clear.ts';
import { ExtensionStatements } from '../extension-statements.ts';
import { isLeftOut } from '../left-out-statements.ts';
import type { Load } from '../load.ts';
import { loadFailure, statementFailure } from '../load-failure.ts';
import { RowLoader } from '../load-rows.ts';
import { PlainSession } from '../plain-session.ts';
import { discard } from './discard.ts';
import type { PreparedStaging } from './prepare.ts';
import { SessionPool } from './session-pool.ts';
import { connectBeside } from './side-databases.ts';
import { runTasks, type Task } from './statement-queue.ts';
import { TakeOver, type TakeOverOptions } from './take-over.ts';
import { keyOf, TableLocks } from './table-locks.ts';

/** How many statements are taken up before they are run. */
const mostTasks = 1000;
const endMilliseconds = 300_000;

export interface StagedLoadOptions extends TakeOverOptions, Pick<TargetOptions, 'noOwner' | 'noPrivileges'> {
  readonly room: Cleared;
  readonly archived: PostgresFacts;
  /** The encoding of the rows. */
  readonly encoding: string;
}

/**
 * A load in a database beside the target, over several connections, which takes the target's place in one transaction. What is to
 * be there before the rows is made by one session in one transaction, and so is everything behind them that is not an index, a key
 * or a foreign key of a table: those are made side by side.
 */
export class StagedLoad implements Load {
  readonly loads: number;
  readonly #staging: PreparedStaging;
  readonly #options: StagedLoadOptions;
  readonly #pool: SessionPool;
  readonly #extensions: ExtensionStatements;
  readonly #plainSession = new PlainSession();
  readonly #rowLoader: RowLoader;
  readonly #locks = new TableLocks();
  /** The tables whose rows have to be loaded one behind the other, as the archive has them. */
  readonly #ordered: ReadonlySet<string>;
  #lastOrdered: Promise<unknown> = Promise.resolve();
  #lastLargeObjects: Promise<unknown> = Promise.resolve();
  readonly #rows = new Map<string, number>();
  readonly #tasks: Task[] = [];
  readonly #taskOf = new Map<number, Task>();
  #isInTransaction = false;
  #hasFailed = false;
  #hasRows = false;
  #committed: Promise<void> | undefined;
  readonly #takeOver: TakeOver;

  constructor(staging: PreparedStaging, options: StagedLoadOptions) {
    this.#staging = staging;
    this.#options = options;
    this.#rowLoader = new RowLoader(options.encoding);
    this.#pool = new SessionPool(staging.workers);
    this.#takeOver = new TakeOver(staging, options);
    this.loads = staging.workers.length;
    const demands = options.archived.requires?.demands;
    this.#extensions = new ExtensionStatements(this.#main, demands?.extensionMembers ?? [], options.reporter);
    this.#ordered = new Set((demands?.configuration ?? []).map(({ schema, name }) => keyOf(schema, name)));
  }

  /** The session of everything that is not done side by side. */
  get #main(): Session {
    return this.#staging.workers[0] as Session;
  }

  record(): JournalRecord {
    return { ...this.#options.record };
  }

  async execute(statement: Statement): Promise<void> {
    this.#locks.note(statement);
    if (isLeftOut(statement, this.#options.room, this.#options)) return;
    for (const earlier of this.#plainSession.before(statement)) await this.execute(earlier);
    const isAboutMember = this.#extensions.isAboutMember(statement);
    if (statement.kind === SETTING_KIND) {
      // What was taken up before is not to run under it.
      await this.#runTasks();
      for (const session of this.#pool.sessions) {
        await this.#explained(session, statement, () => session.run(statement.sql));
      }
      return;
    }
    if (this.#hasRows && !isAboutMember && this.#takeUp(statement)) {
      if (this.#tasks.length >= mostTasks) await this.#runTasks();
      return;
    }
    await this.#runTasks();
    await this.#explained(this.#main, statement, async () => {
      if (!this.#isInTransaction) await this.#main.run('BEGIN');
      this.#isInTransaction = true;
      await this.#extensions.run(statement);
    });
  }

  /** Whether a statement can be run side by side with others; it will be then. */
  #takeUp(statement: Statement): boolean {
    const { object, about, kind } = statement;
    if (object === undefined) return false;
    const first = this.#taskOf.get(object);
    if (about === undefined && first !== undefined) {
      first.statements.push(statement);
      // What alters an index may lock its table as well.
      if (kind !== 'COMMENT') for (const key of first.locks.keys()) first.locks.set(key, 'exclusive');
      return true;
    }
    const locks = this.#locks.locksOf(statement);
    if (locks === null) return false;
    const weight = this.#rows.get(keyOf(about?.schema ?? null, about?.table ?? about?.name ?? '')) ?? 0;
    const task = { statements: [statement], locks, weight };
    this.#tasks.push(task);
    this.#taskOf.set(object, task);
    return true;
  }

  async #runTasks(): Promise<void> {
    if (this.#tasks.length === 0) return;
    await this.#commitMain();
    this.#taskOf.clear();
    const { reporter, signal } = this.#options;
    await runTasks(this.#tasks.splice(0), this.loads, ({ statements }) =>
      this.#pool.use(async (session) => {
        for (const statement of statements) {
          signal.throwIfAborted();
          reporter.progress(0, `${statement.kind} ${statement.name}`);
          await this.#explained(session, statement, () => session.run(statement.sql));
        }
      }),
    );
  }

  async load(table: TableInfo, rows: Readable): Promise<number> {
    this.#hasRows = true;
    const work = async (): Promise<number> => {
      await this.#commitMain();
      const count = await this.#pool.use((session) => this.#loadRows(session, table, rows));
      const key = keyOf(table.schema, table.name);
      this.#rows.set(key, (this.#rows.get(key) ?? 0) + count);
      return count;
    };
    if (isLargeObjectData(table)) {
      // Two parts may hold bytes of the same page.
      const loaded = this.#lastLargeObjects.then(work);
      this.#lastLargeObjects = loaded.catch(() => undefined);
      return loaded;
    }
    const loaded = this.#lastOrdered.then(work);
    if (this.#ordered.has(keyOf(table.schema, table.name))) this.#lastOrdered = loaded.catch(() => undefined);
    return loaded;
  }

  async #loadRows(session: Session, table: TableInfo, rows: Readable): Promise<number> {
    try {
      // What large objects are staged in is there for a transaction.
      if (isLargeObjectData(table)) await session.run('BEGIN');
      const count = await this.#rowLoader.load(session, table, rows);
      if (isLargeObjectData(table)) await session.run('COMMIT');
      return count;
    } catch (error) {
      this.#hasFailed = true;
      if (!isServerError(error)) throw error;
      throw lockStates.includes(error.code)
        ? await blockedFailure(this.#staging.keeper, error)
        : loadFailure(error, table);
    }
  }

  async complete(): Promise<void> {
    await this.#runTasks();
    await this.#commitMain();
  }

  /** Several calls of `load` begin at a time. */
  async #commitMain(): Promise<void> {
    if (!this.#isInTransaction) return;
    this.#committed ??= this.#endTransaction().finally(() => (this.#committed = undefined));
    await this.#committed;
  }

  async #endTransaction(): Promise<void> {
    try {
      const tag = await this.#main.run('COMMIT');
      this.#isInTransaction = false;
      if (tag !== 'COMMIT') throw failedBefore();
    } catch (error) {
      if (!isServerError(error)) throw error;
      throw new HoldfastError('failed', `The server refused to commit the schema: ${serverMessage(error)}`, {
        hint: error.hint ?? 'Nothing was changed. A deferred constraint may be violated by the rows.',
        cause: error,
      });
    }
  }

  async #explained(session: Session, statement: Statement, work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#hasFailed = true;
      if (!isServerError(error)) throw error;
      if (!lockStates.includes(error.code)) throw statementFailure(error, statement);
      // Who is in the way can still be asked while this session has failed.
      throw session.isLost ? error : await blockedFailure(this.#staging.keeper, error);
    }
  }

  async commit(): Promise<void> {
    await this.complete();
    if (this.#hasFailed) throw failedBefore();
    await this.#takeOver.run(() => this.#pool.end());
  }

  clean(): Promise<void> {
    return this.#takeOver.clean();
  }

  async rollback(): Promise<void> {
    if (!this.#takeOver.isDone) {
      await this.#pool.end();
      const { config } = this.#options;
      const { side, keeper } = this.#staging;
      // Not through the target, where there may be no room for one more.
      const signal = AbortSignal.timeout(endMilliseconds);
      const session = await connectBeside(config, keeper.host, signal);
      try {
        await discard(session, side.fresh, config, signal);
      } finally {
        await session.close();
        await keeper.close();
      }
    }
    await this.#takeOver.close();
  }
}

/** As a transaction with an error in it, a load that has failed cannot be committed. */
function failedBefore(): HoldfastError {
  return new HoldfastError(
    'failed',
    'The load had failed and was rolled back instead of committed; the database is as it was.',
  );
}
