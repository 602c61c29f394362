import type { Readable } from 'node:stream';
import { HoldfastError } from '../../../core/errors.ts';
import type { JournalRecord } from '../../../core/journal-record.ts';
import { printable } from '../../../core/printable.ts';
import type { Problem } from '../../../core/problem.ts';
import type { Reporter } from '../../../core/reporter.ts';
import {
  type DatabaseFacts,
  type DatabaseSize,
  type DatabaseTarget,
  type Statement,
  type TableInfo,
  type TargetOptions,
} from '../../engine.ts';
import { archivedFacts } from '../archived-facts.ts';
import { blockedFailure, lockStates } from './blockers.ts';
import { clearDatabase, type Cleared } from './clear.ts';
import { commitTransaction } from './commit.ts';
import { type ConnectionConfig, resolveConnection } from '../connection/config.ts';
import { connect } from '../connection/connect.ts';
import { describeServer, isServerError, type ServerError, sqlStateOf } from '../connection/failure.ts';
import type { Session } from '../connection/session.ts';
import { ExtensionStatements } from './extension-statements.ts';
import { findUserObjects, NOTHING_KEPT } from './contents.ts';
import { type PostgresFacts, readFacts } from '../facts.ts';
import { loadFailure, statementFailure } from './load-failure.ts';
import { loadRows } from './load-rows.ts';
import { type LoadRecord, readIdentity, urlWithoutSecrets } from './load-record.ts';
import { measureDatabase } from './measure.ts';
import { findProblems } from '../preflight/preflight.ts';
import { findContents, findPreinstalled } from './preinstalled.ts';
import { findReplaceProblems } from '../preflight/replace.ts';
import { isPassedOver, isUntouchable } from './left-out-statements.ts';
import { refuseStrangers } from './strangers.ts';

const objectsToShow = 5;
/**
 * How long to wait for each lock: an application that is being stopped is soon gone, one that is not has to be. Also while
 * the new is made: somebody may be about to make something of the same name.
 */
const patienceSeconds = 30;

/** Opens a database for a restore: one connection, on which all happens in one transaction. */
export async function openTarget(options: TargetOptions): Promise<DatabaseTarget> {
  const config = await resolveConnection(options);
  const session = await connect(config, options.signal);
  try {
    const facts = await readFacts(session);
    options.reporter.detail(
      `Connected to ${session.name}: PostgreSQL ${facts.version}, encoding ${facts.encoding}`,
    );
    if (!session.readsBytes && facts.encoding !== 'UTF8') await readBytesIfNeeded(session);
    return new PostgresTarget(session, facts, config, { ...options, reporter: inLines(options.reporter) });
  } catch (error) {
    await session.close();
    throw error;
  }
}

/** Lets a session read bytes where the server cannot write a name in UTF-8. */
async function readBytesIfNeeded(session: Session): Promise<void> {
  try {
    await findUserObjects(session, Number.MAX_SAFE_INTEGER, NOTHING_KEPT);
  } catch (error) {
    if (sqlStateOf(error) !== '22P05') throw error;
    await session.readBytes();
  }
}

/** Names out of an archive or a database may hold line breaks, and look like lines of their own. */
function inLines(reporter: Reporter): Reporter {
  return {
    phase: (...phase) => reporter.phase(...phase),
    progress: (...progress) => reporter.progress(...progress),
    warning: (message) => reporter.warning(printable(message)),
    detail: (message) => reporter.detail(printable(message)),
  };
}

/** A load that is on. */
interface Load {
  readonly record: LoadRecord;
  /** The encoding of the rows. */
  readonly encoding: string;
  readonly room: Cleared;
  /** The names of the subscriptions that it made. */
  readonly subscriptions: string[];
  readonly extensions: ExtensionStatements;
}

class PostgresTarget implements DatabaseTarget {
  /** One connection holds the transaction. */
  readonly loads = 1;
  readonly facts: PostgresFacts;
  readonly name: string;
  readonly #session: Session;
  readonly #config: ConnectionConfig;
  readonly #options: TargetOptions;
  /** Whether what the database holds is to be read as bytes: it has names that UTF-8 does not have. */
  readonly #holdsBytes: boolean;
  #load: Load | undefined;

  constructor(session: Session, facts: PostgresFacts, config: ConnectionConfig, options: TargetOptions) {
    this.#session = session;
    this.#holdsBytes = session.readsBytes;
    this.facts = facts;
    this.name = `${facts.database} at ${describeServer(session.host)}`;
    this.#config = config;
    this.#options = options;
  }

  async isEmpty(): Promise<boolean> {
    await this.#session.readBytes(this.#holdsBytes);
    return this.#isEmptyBut(await findPreinstalled(this.#session));
  }

  async #isEmptyBut({ kept }: Cleared): Promise<boolean> {
    const found = await findContents(this.#session, this.facts.versionNumber, kept, objectsToShow);
    if (found.length > 0)
      this.#options.reporter.detail(`The database holds, among others: ${found.join(', ')}`);
    return found.length === 0;
  }

  measure(): Promise<DatabaseSize> {
    return measureDatabase(this.#session);
  }

  async preflight(archived: DatabaseFacts): Promise<Problem[]> {
    const facts = archivedFacts(archived);
    await this.#speakLike(facts);
    const problems = await findProblems(this.#session, this.facts, facts, this.#options);
    if (this.#options.replace) {
      await this.#session.readBytes(this.#holdsBytes);
      problems.push(...(await findReplaceProblems(this.#session, facts, this.#options)));
    }
    // Commands in hints stay as they have to be typed.
    return problems.map(({ message, hint }) => ({ message: printable(message), hint }));
  }

  async begin(archived: DatabaseFacts): Promise<void> {
    await this.#session.readBytes(this.#holdsBytes);
    const identity = await readIdentity(this.#session);
    // Whatever default_transaction_isolation and default_transaction_read_only say.
    await this.#session.run('BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE');
    // A commit is to be on disk when it returns, also where the server's settings would not wait.
    await this.#session.query(`SELECT pg_catalog.set_config('synchronous_commit', 'local', true)
      WHERE pg_catalog.current_setting('synchronous_commit') = 'off'`);
    await this.#session.run(`SET LOCAL lock_timeout = '${patienceSeconds}s'`);
    const [row] = await this.#session.query(
      'SELECT pg_catalog.pg_current_xact_id()::text AS id, pg_catalog.pg_backend_pid()::text AS process',
    );
    const room = await this.#makeRoom(archived as PostgresFacts);
    await this.#speakLike(archived as PostgresFacts);
    this.#load = {
      record: {
        engine: 'postgres',
        url: urlWithoutSecrets(this.#session, this.#options),
        ...identity,
        transaction: row?.['id'] ?? '',
        process: row?.['process'] ?? '',
      },
      // The server would not look at rows in SQL_ASCII, whatever the database's own encoding.
      encoding: archived.encoding === 'SQL_ASCII' ? this.facts.encoding : archived.encoding,
      room,
      subscriptions: [],
      extensions: new ExtensionStatements(
        this.#session,
        (archived as PostgresFacts).requires?.demands?.extensionMembers ?? [],
        this.#options.reporter,
      ),
    };
  }

  record(): JournalRecord {
    return { ...this.#running().record };
  }

  async execute(statement: Statement): Promise<void> {
    const { room } = this.#running();
    if (isPassedOver(statement, room, this.#options)) return;
    if (isUntouchable(statement, room)) {
      const change = printable(`${statement.kind.toLowerCase()} of ${statement.name}`);
      this.#options.reporter.warning(`Left out, for others own what it is about: ${change}.`);
      return;
    }
    try {
      await this.#running().extensions.run(statement);
      if (statement.kind === 'SUBSCRIPTION') this.#running().subscriptions.push(statement.name);
    } catch (error) {
      throw await this.#explain(error, (refusal) => statementFailure(refusal, statement));
    }
  }

  async load(table: TableInfo, rows: Readable): Promise<number> {
    const { encoding } = this.#running();
    try {
      return await loadRows(this.#session, table, encoding, rows);
    } catch (error) {
      throw await this.#explain(error, (refusal) => loadFailure(refusal, table));
    }
  }

  async commit(): Promise<void> {
    const { record, room, subscriptions } = this.#running();
    try {
      await refuseStrangers(this.#session, room.kept, subscriptions);
    } catch (error) {
      // A transaction that the server has given up says so when it is to be committed.
      if (!isServerError(error)) {
        await this.rollback();
        throw error;
      }
    }
    this.#load = undefined;
    await commitTransaction(this.#session, record, this.#config, this.#options.signal);
  }

  async clean(): Promise<void> {
    // The transaction removed the old.
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

  async #explain(error: unknown, inWords: (refusal: ServerError) => HoldfastError): Promise<unknown> {
    if (!isServerError(error)) return error;
    if (!lockStates.includes(error.code)) return inWords(error);
    // Who is in the way cannot be asked in a transaction that has failed.
    await this.rollback();
    return blockedFailure(this.#session, error);
  }

  /** Lets the session speak as the archive does. Preflight refuses what is neither UTF-8 nor in the database's encoding. */
  async #speakLike({ textEncoding = 'UTF8' }: PostgresFacts): Promise<void> {
    const { encoding } = this.facts;
    await this.#session.readBytes(
      encoding !== 'UTF8' && (encoding === 'SQL_ASCII' || textEncoding === encoding),
    );
  }

  /** Clears the database, or makes sure that there is nothing in it. */
  async #makeRoom({ requires }: PostgresFacts): Promise<Cleared> {
    if (this.#options.replace) {
      const extensions = requires?.extensions.map(({ name }) => name) ?? [];
      const version = this.facts.versionNumber;
      return clearDatabase(this.#session, { ...this.#options, version, extensions });
    }
    // Preflight has looked, and that was long ago.
    const room = await findPreinstalled(this.#session);
    if (await this.#isEmptyBut(room)) return room;
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
