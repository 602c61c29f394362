import type { Reporter } from '../../../core/reporter.ts';
import { SnapshotPool } from '../../../core/snapshot-pool.ts';
import { type ConnectionConfig } from '../connection/config.ts';
import { connect } from '../connection/connect.ts';
import { sqlStateOf } from '../connection/failure.ts';
import type { Session } from '../connection/session.ts';
import { lockWithoutWaiting } from './locks.ts';

/**
 * The connections of a backup, all in one snapshot: that of the leader, which exported it. The others are opened when
 * they are first needed.
 */
export class Snapshot {
  readonly leader: Session;
  /** Its name, as pg_export_snapshot() gave it. */
  readonly name: string;
  readonly #pool: SnapshotPool<Session>;
  readonly #config: ConnectionConfig;
  readonly #signal: AbortSignal;
  readonly #reporter: Reporter;
  #limit: number;
  #opening = 0;

  constructor(
    leader: Session,
    name: string,
    options: { config: ConnectionConfig; jobs: number; signal: AbortSignal; reporter: Reporter },
  ) {
    this.leader = leader;
    this.name = name;
    this.#pool = new SnapshotPool({ keepers: [leader] }, options.signal, () => this.#open());
    // The snapshot exists on the leader's server only.
    this.#config = { ...options.config, hosts: [leader.host], sessionKind: 'any' };
    this.#signal = options.signal;
    this.#reporter = options.reporter;
    this.#limit = options.jobs;
  }

  /** A connection on which `table` is locked and can be read. It must be given back, or discarded. */
  async acquire(table: { readonly schema: string; readonly name: string }): Promise<Session> {
    const session = await this.#pool.take();
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
    return this.#pool.take(this.leader);
  }

  release(session: Session): void {
    this.#pool.giveBack(session);
  }

  /** Breaks a connection off that is in the middle of something. */
  discard(session: Session): void {
    session.interrupt();
    this.#pool.remove(session);
  }

  async close(): Promise<void> {
    await Promise.all(this.#pool.close().map((session) => session.close()));
  }

  /** Another connection in the snapshot; undefined when the server has none left, and then the others have to do. */
  async #open(): Promise<Session | undefined> {
    if (this.#pool.size + this.#opening >= this.#limit) return undefined;
    this.#opening += 1;
    let session;
    try {
      session = await connect(this.#config, this.#signal);
      await this.#join(session);
      this.#pool.add(session);
      return session;
    } catch (error) {
      await session?.close();
      if (sqlStateOf(error) !== '53300' || this.#pool.isClosed) throw error;
      this.#limit = this.#pool.size;
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
}
