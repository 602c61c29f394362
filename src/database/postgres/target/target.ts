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
import { describeServer } from '../connection/failure.ts';
import type { Session } from '../connection/session.ts';
import { type PostgresFacts, readFacts } from '../facts.ts';
import { findProblems } from '../preflight/preflight.ts';
import { findReplaceProblems } from '../preflight/replace.ts';
import { beginBeside } from './begin-beside.ts';
import { beginTransaction, patienceSeconds } from './begin-transaction.ts';
import { isEmptyBut } from './emptiness.ts';
import { readBytesIfNeeded, speakLike } from './encodings.ts';
import type { Load } from './load.ts';
import { identifyLoad } from './load-record.ts';
import { measureDatabase } from './measure.ts';
import { findPreinstalled } from './preinstalled.ts';

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
    return isEmptyBut(await findPreinstalled(this.#session), this.#session, this.facts, this.#options);
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
      problems.push(...(await findReplaceProblems(this.#session, this.facts, facts, this.#options)));
    }
    // Commands in hints stay as they have to be typed.
    return problems.map(({ message, hint }) => ({ message: printable(message), hint }));
  }

  async begin(archived: DatabaseFacts): Promise<void> {
    const facts = archived as PostgresFacts;
    await this.rollback();
    await this.#return();
    await this.#session.readBytes(this.#holdsBytes);
    const options = {
      ...this.#options,
      config: this.#config,
      target: this.facts,
      archived: facts,
      // The server would not look at rows in SQL_ASCII, whatever the database's own encoding.
      encoding: facts.encoding === 'SQL_ASCII' ? this.facts.encoding : facts.encoding,
      identity: await identifyLoad(this.#session, this.#options),
    };
    this.#manner = null;
    if (this.#options.jobs > 1) {
      const staged = await beginBeside(this.#session, { ...options, patienceSeconds: this.#patienceSeconds });
      if (typeof staged !== 'string') {
        this.#load = staged;
        return;
      }
      this.#manner = `in one transaction, over one connection: ${staged}`;
      await this.#return();
    }
    this.#load = await beginTransaction(this.#session, options);
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

  #running(): Load {
    if (!this.#load) throw new HoldfastError('failed', 'No load has begun on this database.');
    return this.#load;
  }
}
