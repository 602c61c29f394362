import type { Readable } from 'node:stream';
import { HoldfastError } from '../../core/errors.ts';
import type { JournalRecord } from '../../core/journal-record.ts';
import type { Problem } from '../../core/problem.ts';
import {
  type DatabaseFacts,
  type DatabaseSize,
  type DatabaseTarget,
  OWNER_KIND,
  PRIVILEGES_KIND,
  type Statement,
  type TableInfo,
  type TargetOptions,
} from '../engine.ts';
import { archivedFacts } from './archived-facts.ts';
import { clearDatabase } from './clear.ts';
import { commitTransaction } from './commit.ts';
import { type ConnectionConfig, resolveConnection } from './connection/config.ts';
import { connect } from './connection/connect.ts';
import { isServerError } from './connection/failure.ts';
import type { Session } from './connection/session.ts';
import { findUserObjects } from './contents.ts';
import { copyFromStatement } from './copy.ts';
import { type PostgresFacts, readFacts } from './facts.ts';
import { loadFailure, statementFailure } from './load-failure.ts';
import { type LoadRecord, readIdentity, urlWithoutSecrets } from './load-record.ts';
import { measureDatabase } from './measure.ts';
import { findProblems } from './preflight.ts';
import { findReplaceProblems } from './replace-preflight.ts';

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

/** A load that is on. */
interface Load {
  readonly record: LoadRecord;
  /** The encoding of the rows. */
  readonly encoding: string;
  /** Schemas that the archive makes and that are there already. */
  readonly keptSchemas: ReadonlySet<string>;
}

class PostgresTarget implements DatabaseTarget {
  readonly facts: PostgresFacts;
  readonly #session: Session;
  readonly #config: ConnectionConfig;
  readonly #options: TargetOptions;
  #load: Load | undefined;

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

  measure(): Promise<DatabaseSize> {
    return measureDatabase(this.#session);
  }

  async preflight(archived: DatabaseFacts): Promise<Problem[]> {
    const facts = archivedFacts(archived);
    const problems = await findProblems(this.#session, this.facts, facts, this.#options);
    if (!this.#options.replace) return problems;
    return [...problems, ...(await findReplaceProblems(this.#session, facts, this.#options))];
  }

  async begin(archived: DatabaseFacts): Promise<void> {
    const identity = await readIdentity(this.#session);
    // Whatever default_transaction_isolation and default_transaction_read_only say.
    await this.#session.run('BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE');
    // A commit is to be on disk when it returns, also where the server's settings would not wait.
    await this.#session.query(`SELECT pg_catalog.set_config('synchronous_commit', 'local', true)
      WHERE pg_catalog.current_setting('synchronous_commit') = 'off'`);
    const [row] = await this.#session.query(
      'SELECT pg_catalog.pg_current_xact_id()::text AS id, pg_catalog.pg_backend_pid()::text AS process',
    );
    const keptSchemas = await this.#makeRoom(archived as PostgresFacts);
    this.#load = {
      record: {
        engine: 'postgres',
        url: urlWithoutSecrets(this.#session, this.#options),
        ...identity,
        transaction: row?.['id'] ?? '',
        process: row?.['process'] ?? '',
      },
      encoding: archived.encoding,
      keptSchemas,
    };
  }

  record(): JournalRecord {
    return { ...this.#running().record };
  }

  async execute(statement: Statement): Promise<void> {
    const { keptSchemas } = this.#running();
    if (statement.kind === 'SCHEMA' && keptSchemas.has(statement.name)) return;
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
    const { record } = this.#running();
    this.#load = undefined;
    await commitTransaction(this.#session, record, this.#config, this.#options.signal);
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

  /** Clears the database, or makes sure that there is nothing in it; the schemas that stay. */
  async #makeRoom({ requires }: PostgresFacts): Promise<ReadonlySet<string>> {
    if (this.#options.replace) {
      const extensions = requires?.extensions.map(({ name }) => name) ?? [];
      const version = this.facts.versionNumber;
      return (await clearDatabase(this.#session, { ...this.#options, version, extensions })).keptSchemas;
    }
    // Preflight has looked, and that was long ago.
    if (await this.isEmpty()) return new Set();
    await this.#session.run('ROLLBACK');
    throw new HoldfastError('failed', `The database ${this.facts.database} is no longer empty.`, {
      hint: 'Somebody else uses it. Restore into a database of its own. Nothing was changed.',
    });
  }

  #running(): Load {
    if (!this.#load) throw new HoldfastError('failed', 'No load has begun on this database.');
    return this.#load;
  }
}
