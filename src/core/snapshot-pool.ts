import { HoldfastError } from './errors.ts';

interface Waiter<Connection> {
  readonly only: Connection | undefined;
  readonly resolve: (connection: Connection) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * The connections that read one snapshot, lent to one reader at a time. Without one of its keepers, which it needs to be what
 * it is, none can be had any more.
 */
export class SnapshotPool<Connection> {
  readonly #keepers: readonly Connection[];
  readonly #members: Set<Connection>;
  readonly #idle: Connection[];
  readonly #signal: AbortSignal;
  readonly #open: () => Promise<Connection | undefined>;
  #waiters: Waiter<Connection>[] = [];
  #closed = false;

  /** `open` makes another connection, when none is free: undefined when those there are have to do. */
  constructor(
    members: { readonly keepers: readonly Connection[]; readonly others?: readonly Connection[] },
    signal: AbortSignal,
    open: () => Promise<Connection | undefined> = async () => undefined,
  ) {
    this.#keepers = members.keepers;
    this.#idle = [...members.keepers, ...(members.others ?? [])];
    this.#members = new Set(this.#idle);
    this.#signal = signal;
    this.#open = open;
  }

  get size(): number {
    return this.#members.size;
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  /** Takes in a connection that its caller uses first. @throws HoldfastError `failed` when the pool was closed meanwhile */
  add(connection: Connection): void {
    if (this.#closed) throw this.#goneError();
    this.#members.add(connection);
  }

  /**
   * Lends a connection, or `only` this one, once it is free. It must be given back, or removed.
   * @throws HoldfastError `failed` for a closed pool
   */
  async take(only?: Connection): Promise<Connection> {
    this.#throwIfGone();
    const found = this.takeIdle(only) ?? (only === undefined ? await this.#open() : undefined);
    if (found !== undefined) return found;
    this.#throwIfGone();
    // While another was tried, one may have been given back.
    const idle = this.takeIdle(only);
    if (idle !== undefined) return idle;
    return new Promise((resolve, reject) => this.#waiters.push({ only, resolve, reject }));
  }

  /** Lends this connection if it is free now, or else another one. @throws HoldfastError `failed` for a closed pool */
  async takeRather(connection: Connection): Promise<Connection> {
    this.#throwIfGone();
    return this.takeIdle(connection) ?? this.take();
  }

  /** Lends a connection, or `only` this one, if it is free now. */
  takeIdle(only?: Connection): Connection | undefined {
    const index = only === undefined ? 0 : this.#idle.indexOf(only);
    return index === -1 ? undefined : this.#idle.splice(index, 1)[0];
  }

  giveBack(connection: Connection): void {
    const next = this.#waiters.find(({ only }) => only === undefined || only === connection);
    if (next) {
      this.#waiters = this.#waiters.filter((waiter) => waiter !== next);
      next.resolve(connection);
    } else {
      this.#idle.push(connection);
    }
  }

  /** Forgets a connection that was lent and is broken. */
  remove(connection: Connection): void {
    this.#members.delete(connection);
    if (this.#keepers.includes(connection) || this.#signal.aborted) return this.#rejectWaiters();
    // In its place another may be opened.
    const next = this.#waiters.shift();
    if (next) this.take(next.only).then(next.resolve, next.reject);
  }

  /** Lends nothing any more, and gives up its connections. */
  close(): Connection[] {
    this.#closed = true;
    this.#rejectWaiters();
    const members = [...this.#members];
    this.#members.clear();
    return members;
  }

  #throwIfGone(): void {
    const isWhole = this.#keepers.every((keeper) => this.#members.has(keeper));
    if (this.#signal.aborted || this.#closed || !isWhole) throw this.#goneError();
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
