import type { Readable } from 'node:stream';
import type { HoldfastError } from '../../../core/errors.ts';
import type { JournalRecord } from '../../../core/journal-record.ts';
import type { Statement, TableInfo, TargetOptions } from '../../engine.ts';
import { blockedFailure, lockStates } from './blockers.ts';
import type { Cleared } from './clear.ts';
import { commitTransaction } from './commit.ts';
import type { ConnectionConfig } from '../connection/config.ts';
import { isServerError, type ServerError } from '../connection/failure.ts';
import type { Session } from '../connection/session.ts';
import { ExtensionStatements } from './extension-statements.ts';
import type { PostgresFacts } from '../facts.ts';
import type { Load } from './load.ts';
import { loadFailure, statementFailure } from './load-failure.ts';
import { RowLoader } from './load-rows.ts';
import type { TransactionRecord } from './load-record.ts';
import { formerSettingResets } from './former-settings.ts';
import { isLeftOut } from './left-out-statements.ts';
import { isPlainSession, PlainSession } from './plain-session.ts';
import { refuseStrangers } from './strangers.ts';

export interface TransactionOptions extends Pick<
  TargetOptions,
  'noOwner' | 'noPrivileges' | 'reporter' | 'signal'
> {
  readonly config: ConnectionConfig;
  readonly record: TransactionRecord;
  readonly room: Cleared;
  /** What the database was set to, where that was taken away. */
  readonly formerSettings: readonly string[];
  readonly archived: PostgresFacts;
  /** The encoding of the rows. */
  readonly encoding: string;
}

/** A load in the transaction that is on in a session. */
export class TransactionLoad implements Load {
  /** One connection holds the transaction. */
  readonly loads = 1;
  readonly #session: Session;
  readonly #options: TransactionOptions;
  readonly #extensions: ExtensionStatements;
  readonly #plainSession = new PlainSession();
  readonly #rows: RowLoader;
  /** The names of the subscriptions that it made. */
  readonly #subscriptions: string[] = [];

  constructor(session: Session, options: TransactionOptions) {
    this.#session = session;
    this.#options = options;
    this.#rows = new RowLoader(options.encoding);
    const members = options.archived.requires?.demands?.extensionMembers ?? [];
    this.#extensions = new ExtensionStatements(session, members, options.reporter);
  }

  record(): JournalRecord {
    return { ...this.#options.record };
  }

  async execute(statement: Statement): Promise<void> {
    if (isLeftOut(statement, this.#options.room, this.#options)) return;
    for (const earlier of this.#plainSession.before(statement)) await this.execute(earlier);
    try {
      const { config, formerSettings } = this.#options;
      const resets = isPlainSession(statement)
        ? await formerSettingResets(this.#session, formerSettings, config, this.#options)
        : [];
      await this.#extensions.run(statement);
      for (const sql of resets) await this.#session.run(sql);
      if (statement.kind === 'SUBSCRIPTION') this.#subscriptions.push(statement.name);
    } catch (error) {
      throw await this.#explain(error, (refusal) => statementFailure(refusal, statement));
    }
  }

  async load(table: TableInfo, rows: Readable): Promise<number> {
    try {
      return await this.#rows.load(this.#session, table, rows);
    } catch (error) {
      throw await this.#explain(error, (refusal) => loadFailure(refusal, table));
    }
  }

  async complete(): Promise<void> {
    // Every statement was run at once.
  }

  async commit(): Promise<void> {
    const { room, record, config, signal } = this.#options;
    try {
      // What the archive's last statements ran under may name operators of others.
      await this.#session.run(`SELECT pg_catalog.set_config('search_path', '', false)`);
      await refuseStrangers(this.#session, room.kept, this.#subscriptions);
    } catch (error) {
      // A transaction that the server has given up says so when it is to be committed.
      if (!isServerError(error)) {
        await this.rollback();
        throw error;
      }
    }
    await commitTransaction(this.#session, record, config, signal);
  }

  async clean(): Promise<void> {
    // The transaction removed the old.
  }

  async rollback(): Promise<void> {
    // A server that lost its client rolls back by itself.
    if (this.#session.isLost) return;
    try {
      await this.#session.run('ROLLBACK');
    } catch (error) {
      if (!this.#session.isLost) throw error;
    }
  }

  async #explain(error: unknown, inWords: (refusal: ServerError) => HoldfastError): Promise<unknown> {
    if (!isServerError(error)) return error;
    if (!lockStates.includes(error.code)) return inWords(error);
    // Who is in the way cannot be asked in a transaction that has failed.
    await this.rollback();
    return blockedFailure(this.#session, error);
  }
}
