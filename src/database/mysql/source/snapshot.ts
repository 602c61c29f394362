import { SnapshotPool } from '../../../core/snapshot-pool.ts';
import { isServerError } from '../connection/failure.ts';
import type { Session } from '../connection/session.ts';
import { isLockTimeout, lockTables } from './table-locks.ts';
import type { TakenSnapshot } from './take-snapshot.ts';

/** What comes before a table that is another connection's. Making it again moves it. */
const SAVEPOINT = 'before_table';

/**
 * The connections of a backup, all in one snapshot. Each table has a keeper among them, which keeps it from being changed: it
 * can read it whoever waits to change it. The first connection keeps all, unless there are many tables.
 */
export class Snapshot {
  readonly #pool: SnapshotPool<Session>;
  readonly #keepers: ReadonlyMap<string, Session>;
  /** Connections that are held open, and read nothing. */
  readonly #bystanders: readonly Session[];
  /** Those that read a table of which another one is the keeper, with that one. */
  readonly #guests = new Map<Session, Session>();
  readonly #checks = new Map<Session, Promise<unknown>>();

  constructor(
    { readers, keepers }: Pick<TakenSnapshot, 'readers' | 'keepers'>,
    bystanders: readonly Session[],
    signal: AbortSignal,
  ) {
    const needed = new Set(keepers.values());
    const others = readers.filter((reader) => !needed.has(reader));
    this.#pool = new SnapshotPool({ keepers: [...needed], others }, signal);
    this.#keepers = keepers;
    this.#bystanders = bystanders;
  }

  /** A connection that can read `table`. It must be given back, or discarded. */
  async acquire(table: string): Promise<Session> {
    const keeper = this.#keepers.get(table)!;
    const session = await this.#pool.takeRather(keeper);
    if (session === keeper) return session;
    try {
      await session.run(`SAVEPOINT ${SAVEPOINT}`);
      const [unlockable] = await lockTables(session, [table]);
      if (unlockable !== undefined) throw unlockable.error;
      this.#guests.set(session, keeper);
      return session;
    } catch (error) {
      if (!isLockTimeout(error)) {
        if (isServerError(error)) this.#pool.giveBack(session);
        else this.discard(session);
        throw error;
      }
    }
    // Somebody waits to change the table, behind its keeper. To queue behind that would be for ever: the keeper reads it.
    this.#pool.giveBack(session);
    return this.#pool.take(keeper);
  }

  /**
   * Takes a connection back.
   * @throws HoldfastError `failed` when the keeper of the table is lost: it may have been changed while it was read
   */
  async release(session: Session): Promise<void> {
    const keeper = this.#guests.get(session);
    if (keeper === undefined) return this.#pool.giveBack(session);
    this.#guests.delete(session);
    try {
      // The table's lock goes: MariaDB takes the longer for the next one the more there are.
      await session.run(`ROLLBACK TO SAVEPOINT ${SAVEPOINT}`);
    } catch (error) {
      this.discard(session);
      throw error;
    }
    this.#pool.giveBack(session);
    await this.#check(keeper);
  }

  /** Breaks a connection off that is in the middle of something. */
  discard(session: Session): void {
    void session.close();
    this.#pool.remove(session);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#pool.close(), ...this.#bystanders].map((session) => session.close()));
  }

  /** Whether a keeper is still there. */
  async #check(keeper: Session): Promise<void> {
    // One that is reading will notice by itself.
    if (this.#pool.takeIdle(keeper) === undefined) return void (await this.#checks.get(keeper));
    const check = keeper.run('DO 1');
    this.#checks.set(keeper, check);
    try {
      await check;
    } catch (error) {
      this.discard(keeper);
      throw error;
    }
    this.#pool.giveBack(keeper);
  }
}
