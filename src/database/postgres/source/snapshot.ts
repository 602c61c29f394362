import { HoldfastError } from '../../../core/errors.ts';
import type { Reporter } from '../../../core/reporter.ts';
import { type ConnectionConfig } from '../connection/config.ts';
import { connect } from '../connection/connect.ts';
import { sqlStateOf } from '../connection/failure.ts';
import type { Session } from '../connection/session.ts';
import { lockWithoutWaiting } from './locks.ts';

interface Waiter {
  readonly leaderOnly: boolean;
  readonly resolve: (session: Session) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * The connections of a backup, all in one snapshot: that of the leader, which exported it. The others are opened when
 * they are first needed.
 */
export class Snapshot {
  readonly leader: Session;
  /** Its name, as pg_export_snapshot() gave it. */
  readonly name: string;
  readonly #config: ConnectionConfig;
  readonly #signal: AbortSignal;
  readonly #reporter: Reporter;
  #limit: number;
  readonly #members = new Set<Session>();
  #opening = 0;
  readonly #idle: Session[] = [];
  #waiters: Waiter[] = [];
  #closed = false;

  constructor(
    leader: Session,
    name: string,
    options: { config: ConnectionConfig; jobs: number; signal: AbortSignal; reporter: Reporter },
  ) {
    this.leader = leader;
    this.name = name;
    // The snapshot exists on the leader's server only.
    this.#config = { ...options.config, hosts: [leader.host], sessionKind: 'any' };
    this.#signal = options.signal;
    this.#reporter = options.reporter;
    this.#limit = options.jobs;
    this.#members.add(leader);
    this.#idle.push(leader);
  }

  /** A connection on which `table` is locked and can be read. It must be given back, or discarded. */
  async acquire(table: { readonly schema: string; readonly name: string }): Promise<Session> {
    const session = await this.#take(false);
    if (session === this.leader) return session;
    try {
      if (await lockWithoutWaiting(session, table.schema, table.name)) return session;
      // Somebody waits to lock the table exclusively, behind the leader's lock. To queue behind that would be for ever;
      // only the leader can read it now.
      await session.run('ROLLBACK');
      await this.#join(session);
    } catch (error) {
      this.discard(session);
      throw error;
    }
    this.release(session);
    return this.#take(true);
  }

  release(session: Session): void {
    const next = this.#waiters.find((waiter) => !waiter.leaderOnly || session === this.leader);
    if (next) {
      this.#waiters = this.#waiters.filter((waiter) => waiter !== next);
      next.resolve(session);
    } else {
      this.#idle.push(session);
    }
  }

  /** Breaks a connection off that is in the middle of something. */
  discard(session: Session): void {
    session.interrupt();
    this.#members.delete(session);
    if (session === this.leader || this.#signal.aborted) return this.#rejectWaiters();
    const next = this.#waiters.shift();
    if (next) this.#take(next.leaderOnly).then(next.resolve, next.reject);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#rejectWaiters();
    const members = [...this.#members];
    this.#members.clear();
    await Promise.all(members.map((session) => session.close()));
  }

  async #take(leaderOnly: boolean): Promise<Session> {
    this.#signal.throwIfAborted();
    if (this.#closed || !this.#members.has(this.leader)) throw this.#goneError();
    const index = this.#idle.findIndex((session) => !leaderOnly || session === this.leader);
    if (index !== -1) return this.#idle.splice(index, 1)[0]!;
    if (!leaderOnly && this.#members.size + this.#opening < this.#limit) {
      const session = await this.#open();
      if (session) return session;
    }
    return new Promise((resolve, reject) => this.#waiters.push({ leaderOnly, resolve, reject }));
  }

  /** Another connection in the snapshot; undefined when the server has none left, and then the others have to do. */
  async #open(): Promise<Session | undefined> {
    this.#opening += 1;
    let session;
    try {
      session = await connect(this.#config, this.#signal);
      await this.#join(session);
      if (this.#closed) throw this.#goneError();
      this.#members.add(session);
      return session;
    } catch (error) {
      await session?.close();
      if (sqlStateOf(error) !== '53300' || this.#closed) throw error;
      this.#limit = this.#members.size;
      this.#reporter.warning(`The server has no more connections to give: ${this.#limit} will do.`);
      return undefined;
    } finally {
      this.#opening -= 1;
    }
  }

  async #join(session: Session): Promise<void> {
    await session.run('BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY');
    // The name is made of digits, letters and hyphens.
    await session.run(`SET TRANSACTION SNAPSHOT '${this.name}'`);
  }

  #rejectWaiters(): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const waiter of waiters) waiter.reject(this.#goneError());
  }

  #goneError(): unknown {
    if (this.#signal.aborted) return this.#signal.reason;
    return new HoldfastError(
      'failed',
      'The snapshot of the database is closed: no more rows can be read from it.',
    );
  }
}
