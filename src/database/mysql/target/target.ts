import type { Readable } from 'node:stream';
import { HoldfastError, messageOf } from '../../../core/errors.ts';
import { formatCount } from '../../../core/format.ts';
import type { JournalRecord } from '../../../core/journal-record.ts';
import { printable } from '../../../core/printable.ts';
import type { Problem } from '../../../core/problem.ts';
import {
  type DatabaseFacts,
  type DatabaseSize,
  type DatabaseTarget,
  OutcomeUnknown,
  type Statement,
  type TableInfo,
  type TargetOptions,
} from '../../engine.ts';
import { archivedFacts } from '../archived-facts.ts';
import { quoteText } from '../catalog/literals.ts';
import { type ConnectionConfig, resolveConnection } from '../connection/config.ts';
import { connect } from '../connection/connect.ts';
import { isConnectionLimit, isServerError } from '../connection/failure.ts';
import type { Session } from '../connection/session.ts';
import { archivedEndOfTime } from '../end-of-time.ts';
import { findProblems } from '../preflight/preflight.ts';
import { awaitServer } from './swap/blockers.ts';
import { schemaSettings } from './load/connections.ts';
import { measureContents, readContents } from './contents.ts';
import { stepFailure } from './failures.ts';
import { findForeignReferences, foreignReferenceHint } from './swap/foreign-references.ts';
import { beginNote } from './swap/load-note.ts';
import { urlWithoutSecrets } from './recovery/load-record.ts';
import {
  dropSideDatabases,
  lockOwner,
  newSideDatabases,
  releaseLock,
  type SideDatabases,
  takeLock,
  targetLock,
} from './swap/side-databases.ts';
import { Staging } from './load/staging.ts';
import { noLongerEmpty, swapIn } from './swap/swap.ts';
import { readTargetFacts, type TargetFacts } from './target-facts.ts';

const objectsToShow = 5;

/** How long to wait for others, in seconds. */
interface Patience {
  /** For each lock: an application that is being stopped is soon gone, one that is not has to be. */
  readonly lock: number;
  /** For another restore into the database. */
  readonly rival: number;
}

const usualPatience: Patience = { lock: 30, rival: 3 };
/** For what the server still does after a connection broke. */
const reconnectSeconds = 30;
/** For what is left of our own statements, when all is removed. */
const endPatienceSeconds = 300;

/** Opens a database for a restore. */
export async function openTarget(options: TargetOptions, patience = usualPatience): Promise<DatabaseTarget> {
  const config = await resolveConnection(options);
  const life = new AbortController();
  const end = (): void => life.abort(options.signal.reason);
  options.signal.throwIfAborted();
  options.signal.addEventListener('abort', end, { once: true });
  const session = await connect(config, life.signal);
  try {
    const facts = await readTargetFacts(session);
    options.reporter.detail(
      `Connected to ${session.name}: ${facts.version}, character set ${facts.encoding}, connection ${session.id}`,
    );
    const letLive = (): void => options.signal.removeEventListener('abort', end);
    return new MysqlTarget(session, facts, { config, options, patience, letLive });
  } catch (error) {
    await session.close();
    throw error;
  }
}

interface Surroundings {
  readonly config: ConnectionConfig;
  readonly options: TargetOptions;
  readonly patience: Patience;
  /** From here on a signal must not end the session that a load depends on. */
  readonly letLive: () => void;
}

/** A load that is on. */
interface Load {
  readonly side: SideDatabases;
  readonly staging: Staging;
  /** The outcome of the swap: null before it. */
  outcome: 'committed' | 'unknown' | null;
}

class MysqlTarget implements DatabaseTarget {
  readonly facts: TargetFacts;
  readonly name: string;
  readonly loads: number;
  /** Holds the locks that say that this process lives, and swaps. */
  readonly #session: Session;
  readonly #config: ConnectionConfig;
  readonly #options: TargetOptions;
  readonly #patience: Patience;
  readonly #letLive: () => void;
  #load: Load | undefined;

  constructor(session: Session, facts: TargetFacts, { config, options, patience, letLive }: Surroundings) {
    this.#session = session;
    this.facts = facts;
    this.name = session.name;
    this.loads = options.jobs;
    this.#config = config;
    this.#options = options;
    this.#patience = patience;
    this.#letLive = letLive;
  }

  async isEmpty(): Promise<boolean> {
    const found = await readContents(this.#session, this.facts.database);
    if (found.length > 0) {
      const some = found
        .slice(0, objectsToShow)
        .map(({ kind, name }) => `${kind.toLowerCase()} ${printable(name)}`);
      this.#options.reporter.detail(`The database holds, among others: ${some.join(', ')}`);
    }
    return found.length === 0;
  }

  measure(): Promise<DatabaseSize> {
    return measureContents(this.#session, this.facts.database);
  }

  async preflight(archived: DatabaseFacts): Promise<Problem[]> {
    const problems = await findProblems(this.#session, archivedFacts(archived), this.#options);
    if (await takeLock(this.#session, this.#targetLock(), this.#patience.rival)) {
      await releaseLock(this.#session, this.#targetLock());
    } else {
      const owner = await lockOwner(this.#session, this.#targetLock());
      problems.push({ message: `there is ${this.#otherRestore(owner ?? '')}`, hint: 'wait for its end' });
    }
    const references = this.#options.replace
      ? await findForeignReferences(this.#session, this.facts.database)
      : [];
    if (references.length > 0) {
      problems.push({
        message: `foreign keys of other databases refer to tables to be replaced: ${references.join(', ')}`,
        hint: foreignReferenceHint,
      });
    }
    return problems;
  }

  async begin(archived: DatabaseFacts): Promise<void> {
    const { database } = this.facts;
    const session = this.#session;
    this.#letLive();
    // What another process left may still be ending.
    if (!(await takeLock(session, this.#targetLock(), this.#patience.rival))) {
      const owner = await lockOwner(session, this.#targetLock());
      throw new HoldfastError('failed', `There is ${this.#otherRestore(owner ?? '')}.`, {
        hint: 'Wait for its end. Nothing was changed.',
      });
    }
    if (!this.#options.replace) {
      const found = await readContents(session, database);
      if (found.length > 0) throw noLongerEmpty(database, found);
    }
    await session.run(schemaSettings);
    await awaitServer(session, this.#patience.lock);
    const side = newSideDatabases();
    await takeLock(session, side.lock, 0);
    const staging = new Staging(this.#options, session.server, archivedEndOfTime(archived));
    this.#load = { side, staging, outcome: null };
    try {
      await this.#prepare(side, staging, archived);
    } catch (error) {
      throw isServerError(error)
        ? stepFailure(error, `make a database beside ${printable(database)}`)
        : error;
    }
  }

  /** Makes the side database, and the connections to it. */
  async #prepare(
    side: SideDatabases,
    staging: Staging,
    { encoding, collation }: DatabaseFacts,
  ): Promise<void> {
    const session = this.#session;
    await session.run(
      `CREATE DATABASE ${side.fresh} CHARACTER SET ${quoteText(encoding)} COLLATE ${quoteText(String(collation))}`,
    );
    await beginNote(session, side.fresh, this.facts.database);
    for (let count = 0; count < this.loads; count += 1) {
      const loader = await connect(this.#config, this.#options.signal).catch((error: unknown) => {
        if (count > 0 && isConnectionLimit(error)) return null;
        throw error;
      });
      if (loader === null) {
        const will = formatCount(count, 'connection');
        this.#options.reporter.warning(`The server has no more connections to give: ${will} will do.`);
        break;
      }
      staging.add(loader);
      await loader.run(`USE ${side.fresh}`);
      await loader.run(`${schemaSettings}, lock_wait_timeout = ${this.#patience.lock}`);
    }
  }

  record(): JournalRecord {
    const { server, database } = this.facts;
    const url = urlWithoutSecrets(this.#options.url, this.#config);
    return { engine: 'mysql', url, database, server, token: this.#running().side.token };
  }

  execute(statement: Statement): Promise<void> {
    return this.#running().staging.execute(statement);
  }

  load(table: TableInfo, rows: Readable): Promise<number> {
    return this.#running().staging.load(table, rows);
  }

  async commit(): Promise<void> {
    const load = this.#running();
    const made = await load.staging.end();
    try {
      await swapIn(this.#session, {
        target: this.facts.database,
        side: load.side,
        replace: this.#options.replace,
        made,
        lockSeconds: this.#patience.lock,
        signal: this.#options.signal,
        warn: (message) => this.#options.reporter.warning(message),
        reconnect: () => connect(this.#config, AbortSignal.timeout(reconnectSeconds * 1000)),
      });
      load.outcome = 'committed';
    } catch (error) {
      if (error instanceof OutcomeUnknown) load.outcome = 'unknown';
      throw isServerError(error) ? stepFailure(error, 'let the new be put in place') : error;
    }
  }

  async clean(): Promise<void> {
    if (this.#load?.outcome !== 'committed') return;
    await this.#drop(this.#load.side);
    this.#load = undefined;
  }

  async rollback(): Promise<void> {
    const load = this.#load;
    if (!load || load.outcome !== null) return;
    await load.staging.close();
    await this.#drop(load.side);
    this.#load = undefined;
  }

  async close(): Promise<void> {
    try {
      await this.rollback();
    } catch (error) {
      this.#options.reporter.warning(`What the restore has made is not removed: ${messageOf(error)}`);
    }
    this.#letLive();
    await this.#session.close();
  }

  /** Removes the side databases, on a new connection where the own is lost. */
  async #drop(side: SideDatabases): Promise<void> {
    const remove = async (session: Session): Promise<void> => {
      await session.run(`SET SESSION lock_wait_timeout = ${endPatienceSeconds}`);
      await dropSideDatabases(session, side);
      await releaseLock(session, side.lock);
      await releaseLock(session, this.#targetLock());
    };
    try {
      await remove(this.#session);
    } catch (error) {
      if (isServerError(error)) throw stepFailure(error, `remove the database ${side.fresh}`);
      const session = await connect(this.#config, AbortSignal.timeout(endPatienceSeconds * 1000));
      try {
        if (await takeLock(session, side.lock, reconnectSeconds)) await remove(session);
        else throw error;
      } finally {
        await session.close();
      }
    }
  }

  #targetLock(): string {
    return targetLock(this.facts.database, this.facts.foldsNames);
  }

  #otherRestore(owner: string): string {
    return `another restore into the database ${printable(this.facts.database)} (connection ${owner} of the server)`;
  }

  #running(): Load {
    if (!this.#load) throw new HoldfastError('failed', 'No load has begun on this database.');
    return this.#load;
  }
}
