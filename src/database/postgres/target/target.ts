import type { Readable } from 'node:stream';
import { HoldfastError, messageOf } from '../../../core/errors.ts';
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
import { type ConnectionConfig, resolveConnection } from '../connection/config.ts';
import { connect } from '../connection/connect.ts';
import { describeServer, sqlStateOf } from '../connection/failure.ts';
import type { Session } from '../connection/session.ts';
import { type PostgresFacts, readFacts } from '../facts.ts';
import { findProblems } from '../preflight/preflight.ts';
import { findReplaceProblems } from '../preflight/replace.ts';
import { clearDatabase, type Cleared, NOTHING_CLEARED } from './clear.ts';
import { findUserObjects, NOTHING_KEPT } from './contents.ts';
import type { Load } from './load.ts';
import { readIdentity, type StagedRecord, urlWithoutSecrets } from './load-record.ts';
import { measureDatabase } from './measure.ts';
import { TransactionLoad } from './one-transaction.ts';
import { findContents, findPreinstalled } from './preinstalled.ts';
import { findObstacle } from './staging/obstacles.ts';
import { isOtherLoadOn, otherLoadFailure, prepareStaging } from './staging/prepare.ts';
import { StagedLoad, type StagedLoadOptions } from './staging/staged-load.ts';
import { readNextTransaction } from './staging/strangers-since.ts';

const objectsToShow = 5;
/**
 * How long to wait for each lock: an application that is being stopped is soon gone, one that is not has to be. Also while
 * the new is made: somebody may be about to make something of the same name.
 */
const patienceSeconds = 30;

/**
 * What sessions beside the target are set to. That their commits are on disk need not be waited for: the swap's is, and with it all
 * that was committed before.
 */
const loadSettings = `SELECT pg_catalog.set_config(name, value, false) FROM (VALUES
  ('default_transaction_isolation', 'read committed'), ('default_transaction_read_only', 'off'),
  ('lock_timeout', '${patienceSeconds}s'), ('synchronous_commit', 'off')) AS wanted (name, value)`;

/** Opens a database for a restore. */
export async function openTarget(
  options: TargetOptions,
  patience = patienceSeconds,
): Promise<DatabaseTarget> {
  const config = await resolveConnection(options);
  const session = await connect(config, options.signal);
  try {
    const facts = await readFacts(session);
    options.reporter.detail(
      `Connected to ${session.name}: PostgreSQL ${facts.version}, encoding ${facts.encoding}`,
    );
    if (!session.readsBytes && facts.encoding !== 'UTF8') await readBytesIfNeeded(session);
    const inLine = { ...options, reporter: inLines(options.reporter) };
    return new PostgresTarget(session, facts, config, inLine, patience);
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

class PostgresTarget implements DatabaseTarget {
  readonly facts: PostgresFacts;
  readonly name: string;
  #session: Session;
  readonly #config: ConnectionConfig;
  readonly #options: TargetOptions;
  readonly #patienceSeconds: number;
  /** Whether what the database holds is to be read as bytes: it has names that UTF-8 does not have. */
  readonly #holdsBytes: boolean;
  #load: Load | undefined;
  #manner: string | null = null;

  constructor(
    session: Session,
    facts: PostgresFacts,
    config: ConnectionConfig,
    options: TargetOptions,
    patience: number,
  ) {
    this.#patienceSeconds = patience;
    this.#session = session;
    this.#holdsBytes = session.readsBytes;
    this.facts = facts;
    this.name = `${facts.database} at ${describeServer(session.host)}`;
    this.#config = config;
    this.#options = options;
  }

  async isEmpty(): Promise<boolean> {
    await this.#return();
    await this.#session.readBytes(this.#holdsBytes);
    return this.#isEmptyBut(await findPreinstalled(this.#session));
  }

  async #isEmptyBut({ kept }: Cleared): Promise<boolean> {
    const found = await findContents(this.#session, this.facts.versionNumber, kept, objectsToShow);
    if (found.length > 0)
      this.#options.reporter.detail(`The database holds, among others: ${found.join(', ')}`);
    return found.length === 0;
  }

  async measure(): Promise<DatabaseSize> {
    await this.#return();
    return measureDatabase(this.#session);
  }

  async preflight(archived: DatabaseFacts): Promise<Problem[]> {
    const facts = archivedFacts(archived);
    await this.#return();
    await speakLike(this.#session, this.facts, facts);
    const problems = await findProblems(this.#session, this.facts, facts, this.#options);
    if (this.#options.replace) {
      await this.#session.readBytes(this.#holdsBytes);
      problems.push(...(await findReplaceProblems(this.#session, facts, this.#options)));
    }
    // Commands in hints stay as they have to be typed.
    return problems.map(({ message, hint }) => ({ message: printable(message), hint }));
  }

  async begin(archived: DatabaseFacts): Promise<void> {
    const facts = archived as PostgresFacts;
    await this.rollback();
    await this.#return();
    await this.#session.readBytes(this.#holdsBytes);
    const identity = await readIdentity(this.#session);
    const url = urlWithoutSecrets(this.#session, this.#options);
    const common = {
      ...this.#options,
      config: this.#config,
      archived: facts,
      // The server would not look at rows in SQL_ASCII, whatever the database's own encoding.
      encoding: facts.encoding === 'SQL_ASCII' ? this.facts.encoding : facts.encoding,
    };
    this.#manner = null;
    if (this.#options.jobs > 1) {
      const staged = await this.#beginBeside(facts, { engine: 'postgres', url, ...identity }, common);
      if (typeof staged !== 'string') {
        this.#load = staged;
        return;
      }
      this.#manner = `in one transaction, over one connection: ${staged}`;
      await this.#return();
    }
    // Whatever default_transaction_isolation and default_transaction_read_only say.
    await this.#session.run('BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE');
    // A commit is to be on disk when it returns, also where the server's settings would not wait.
    await this.#session.query(`SELECT pg_catalog.set_config('synchronous_commit', 'local', true)
      WHERE pg_catalog.current_setting('synchronous_commit') = 'off'`);
    await this.#session.run(`SET LOCAL lock_timeout = '${patienceSeconds}s'`);
    const [row] = await this.#session.query(
      'SELECT pg_catalog.pg_current_xact_id()::text AS id, pg_catalog.pg_backend_pid()::text AS process',
    );
    const room = await this.#makeRoom(facts);
    await speakLike(this.#session, this.facts, facts);
    this.#load = new TransactionLoad(this.#session, {
      ...common,
      room,
      record: {
        engine: 'postgres',
        url,
        ...identity,
        transaction: row?.['id'] ?? '',
        process: row?.['process'] ?? '',
      },
    });
  }

  /** Begins a load in a database beside the target, or says why there cannot be one. */
  async #beginBeside(
    archived: PostgresFacts,
    identity: Omit<StagedRecord, 'staging'>,
    common: Omit<StagedLoadOptions, 'record' | 'room' | 'begun' | 'isStillEmpty' | 'patienceSeconds'>,
  ): Promise<StagedLoad | string> {
    const session = this.#session;
    const { replace } = this.#options;
    const { database, versionNumber } = this.facts;
    if (await isOtherLoadOn(session, database)) throw otherLoadFailure(database);
    const begun = await readNextTransaction(session);
    const room = replace ? NOTHING_CLEARED : await findPreinstalled(session);
    if (!replace && !(await this.#isEmptyBut(room))) throw this.#noLongerEmpty();
    const obstacle = await findObstacle(session, { ...this.#options, target: this.facts, archived });
    if (obstacle !== null) return obstacle;
    const options = { ...this.#options, config: this.#config, target: database };
    const staging = await prepareStaging(session, options);
    if (typeof staging === 'string') return staging;
    const { fresh: name, token } = staging.side;
    const load = new StagedLoad(staging, {
      ...common,
      room,
      patienceSeconds: this.#patienceSeconds,
      begun,
      record: { ...identity, staging: { oid: staging.oid, name, token } },
      isStillEmpty: async (inTarget) =>
        replace || (await findContents(inTarget, versionNumber, room.kept, 1)).length === 0,
    });
    try {
      for (const worker of staging.workers) {
        await worker.query(loadSettings);
        await speakLike(worker, this.facts, archived);
      }
    } catch (error) {
      await load.rollback();
      throw error;
    }
    return load;
  }

  get loads(): number {
    return this.#load?.loads ?? 1;
  }

  get manner(): string | null {
    return this.#manner;
  }

  record(): JournalRecord {
    return this.#running().record();
  }

  execute(statement: Statement): Promise<void> {
    return this.#running().execute(statement);
  }

  load(table: TableInfo, rows: Readable): Promise<number> {
    return this.#running().load(table, rows);
  }

  complete(): Promise<void> {
    return this.#running().complete();
  }

  async commit(): Promise<void> {
    await this.#running().commit();
  }

  async clean(): Promise<void> {
    await this.#load?.clean();
  }

  async rollback(): Promise<void> {
    const load = this.#load;
    this.#load = undefined;
    await load?.rollback();
  }

  async close(): Promise<void> {
    try {
      await this.rollback();
    } catch (error) {
      this.#options.reporter.warning(`What the restore has made is not removed: ${messageOf(error)}`);
    }
    await this.#session.close();
  }

  /** Connects to the target again, which a load beside it has left. */
  async #return(): Promise<void> {
    if (!this.#session.isLost) return;
    const hosts = [this.#session.host];
    this.#session = await connect({ ...this.#config, hosts }, this.#options.signal);
    await this.#session.readBytes(this.#holdsBytes);
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
    throw this.#noLongerEmpty();
  }

  #noLongerEmpty(): HoldfastError {
    return new HoldfastError('failed', `The database ${this.facts.database} is no longer empty.`, {
      hint: 'Somebody else uses it. Restore into a database of its own. Nothing was changed.',
    });
  }

  #running(): Load {
    if (!this.#load) throw new HoldfastError('failed', 'No load has begun on this database.');
    return this.#load;
  }
}

/** Lets a session speak as the archive does. Preflight refuses what is neither UTF-8 nor in the database's encoding. */
async function speakLike(
  session: Session,
  { encoding }: PostgresFacts,
  { textEncoding = 'UTF8' }: PostgresFacts,
): Promise<void> {
  await session.readBytes(encoding !== 'UTF8' && (encoding === 'SQL_ASCII' || textEncoding === encoding));
}
