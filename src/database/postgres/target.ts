import type { Readable } from 'node:stream';
import { HoldfastError } from '../../core/errors.ts';
import type { Problem } from '../../core/problem.ts';
import {
  type DatabaseFacts,
  type DatabaseTarget,
  OWNER_KIND,
  PRIVILEGES_KIND,
  type Statement,
  type TableInfo,
  type TargetOptions,
} from '../engine.ts';
import { archivedFacts } from './archived-facts.ts';
import { commitTransaction } from './commit.ts';
import { type ConnectionConfig, resolveConnection } from './connection/config.ts';
import { connect } from './connection/connect.ts';
import { isServerError } from './connection/failure.ts';
import type { Session } from './connection/session.ts';
import { findUserObjects } from './contents.ts';
import { copyFromStatement } from './copy.ts';
import { type PostgresFacts, readFacts } from './facts.ts';
import { loadFailure, statementFailure } from './load-failure.ts';
import { findProblems } from './preflight.ts';

const objectsToShow = 5;

/** Opens a database for a restore: one connection, on which all happens in one transaction. */
export async function openTarget(options: TargetOptions): Promise<DatabaseTarget> {
  const config = await resolveConnection(options);
  const session = await connect(config, options.signal);
  try {
    const facts = await readFacts(session);
    options.reporter.detail(
      `Connected to ${session.name}: PostgreSQL ${facts.version}, encoding ${facts.encoding}`,
    );
    return new PostgresTarget(session, facts, config, options);
  } catch (error) {
    await session.close();
    throw error;
  }
}

class PostgresTarget implements DatabaseTarget {
  readonly facts: PostgresFacts;
  readonly #session: Session;
  readonly #config: ConnectionConfig;
  readonly #options: TargetOptions;
  /** The transaction's id and the encoding of the rows, while a load is on. */
  #load: { readonly transaction: string; readonly encoding: string } | undefined;

  constructor(session: Session, facts: PostgresFacts, config: ConnectionConfig, options: TargetOptions) {
    this.#session = session;
    this.facts = facts;
    this.#config = config;
    this.#options = options;
  }

  async isEmpty(): Promise<boolean> {
    const found = await findUserObjects(this.#session, objectsToShow);
    if (found.length > 0)
      this.#options.reporter.detail(`The database holds, among others: ${found.join(', ')}`);
    return found.length === 0;
  }

  preflight(archived: DatabaseFacts): Promise<Problem[]> {
    return findProblems(this.#session, this.facts, archivedFacts(archived), this.#options);
  }

  async begin(archived: DatabaseFacts): Promise<void> {
    // Whatever default_transaction_isolation and default_transaction_read_only say.
    await this.#session.run('BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE');
    // A commit is to be on disk when it returns, also where the server's settings would not wait.
    await this.#session.query(`SELECT pg_catalog.set_config('synchronous_commit', 'local', true)
      WHERE pg_catalog.current_setting('synchronous_commit') = 'off'`);
    const [row] = await this.#session.query('SELECT pg_catalog.pg_current_xact_id()::text AS id');
    this.#load = { transaction: row?.['id'] ?? '', encoding: archived.encoding };
  }

  async execute(statement: Statement): Promise<void> {
    this.#running();
    if (statement.kind === OWNER_KIND && this.#options.noOwner) return;
    if (statement.kind === PRIVILEGES_KIND && this.#options.noPrivileges) return;
    try {
      await this.#session.run(statement.sql);
    } catch (error) {
      throw isServerError(error) ? statementFailure(error, statement) : error;
    }
  }

  async load(table: TableInfo, rows: Readable): Promise<number> {
    const { encoding } = this.#running();
    try {
      return await this.#session.copyIn(copyFromStatement(table, encoding), rows);
    } catch (error) {
      throw isServerError(error) ? loadFailure(error, table) : error;
    }
  }

  async commit(): Promise<void> {
    const { transaction } = this.#running();
    this.#load = undefined;
    await commitTransaction(this.#session, transaction, this.#config, this.#options.signal);
  }

  async rollback(): Promise<void> {
    if (!this.#load) return;
    this.#load = undefined;
    // A server that lost its client rolls back by itself.
    if (this.#session.isLost) return;
    try {
      await this.#session.run('ROLLBACK');
    } catch (error) {
      if (!this.#session.isLost) throw error;
    }
  }

  async close(): Promise<void> {
    this.#load = undefined;
    await this.#session.close();
  }

  #running(): { readonly transaction: string; readonly encoding: string } {
    if (!this.#load) throw new HoldfastError('failed', 'No load has begun on this database.');
    return this.#load;
  }
}
