import { HoldfastError } from '../../../core/errors.ts';
import { isServerError } from '../connection/failure.ts';
import type { Session } from '../connection/session.ts';
import { isLockTimeout, lockTables } from './table-locks.ts';

interface Waiter {
  readonly leaderOnly: boolean;
  readonly resolve: (session: Session) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * The connections of a backup, all in one snapshot. The leader is the one that keeps the tables from being changed: it can
 * read them whoever waits to change one.
 */
export class Snapshot {
  readonly leader: Session;
  readonly #signal: AbortSignal;
  /** Connections that are held open, and read nothing. */
  readonly #keepers: readonly Session[];
  readonly #members: Set<Session>;
  readonly #idle: Session[];
  #waiters: Waiter[] = [];
  #checking: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(readers: readonly [Session, ...Session[]], keepers: readonly Session[], signal: AbortSignal) {
    [this.leader] = readers;
    this.#keepers = keepers;
    this.#signal = signal;
    this.#members = new Set(readers);
    this.#idle = [...readers];
  }

  /** A connection that can read `table`. It must be given back, or discarded. */
  async acquire(table: string): Promise<Session> {
    const session = await this.#take(false);
    if (session === this.leader) return session;
    try {
      const [unlockable] = await lockTables(session, [table]);
      if (unlockable !== undefined) throw unlockable.error;
      return session;
    } catch (error) {
      if (!isLockTimeout(error)) {
        if (isServerError(error)) this.#giveBack(session);
        else this.discard(session);
        throw error;
      }
    }
    // Somebody waits to change the table, behind the leader. To queue behind that would be for ever: the leader reads it.
    this.#giveBack(session);
    return this.#take(true);
  }

  /**
   * Takes a connection back.
   * @throws HoldfastError `failed` when the leader is lost, and with it what kept the tables from being changed
   */
  async release(session: Session): Promise<void> {
    this.#giveBack(session);
    const index = this.#idle.indexOf(this.leader);
    // A leader that is reading will notice by itself.
    if (index === -1) return this.#checking;
    this.#idle.splice(index, 1);
    this.#checking = this.leader.run('DO 1').then(() => undefined);
    try {
      await this.#checking;
    } catch (error) {
      this.discard(this.leader);
      throw error;
    }
    this.#giveBack(this.leader);
  }

  /** Breaks a connection off that is in the middle of something. */
  discard(session: Session): void {
    void session.close();
    this.#members.delete(session);
    if (session === this.leader || this.#members.size === 0 || this.#signal.aborted) this.#rejectWaiters();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#rejectWaiters();
    const sessions = [...this.#members, ...this.#keepers];
    this.#members.clear();
    await Promise.all(sessions.map((session) => session.close()));
  }

  async #take(leaderOnly: boolean): Promise<Session> {
    this.#signal.throwIfAborted();
    if (this.#closed || !this.#members.has(this.leader)) throw this.#goneError();
    const index = this.#idle.findIndex((session) => !leaderOnly || session === this.leader);
    if (index !== -1) return this.#idle.splice(index, 1)[0]!;
    return new Promise((resolve, reject) => this.#waiters.push({ leaderOnly, resolve, reject }));
  }

  #giveBack(session: Session): void {
    const next = this.#waiters.find((waiter) => !waiter.leaderOnly || session === this.leader);
    if (next) {
      this.#waiters = this.#waiters.filter((waiter) => waiter !== next);
      next.resolve(session);
    } else {
      this.#idle.push(session);
    }
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
