/**
 * Requests that are under way while their caller goes on, limited by their number and by the bytes they hold. The first
 * that fails lets whoever asks for room next fail, or waits for all.
 */
export class UnderWay {
  readonly #most: number;
  readonly #mostBytes: number;
  readonly #running = new Set<Promise<unknown>>();
  #taken = 0;
  #bytes = 0;
  #waiting: (() => void)[] = [];
  #failure: { readonly error: unknown } | null = null;

  constructor(most: number, mostBytes = Number.POSITIVE_INFINITY) {
    this.#most = most;
    this.#mostBytes = mostBytes;
  }

  /**
   * Waits for room for one request that holds so many bytes; alone it may hold any. What it returns gives the room back.
   * @throws the error of one that failed
   */
  async room(bytes = 0): Promise<() => void> {
    const isFull = (): boolean =>
      this.#taken >= this.#most || (this.#taken > 0 && this.#bytes + bytes > this.#mostBytes);
    while (this.#failure === null && isFull())
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#throwIfFailed();
    this.#taken += 1;
    this.#bytes += bytes;
    return () => {
      this.#taken -= 1;
      this.#bytes -= bytes;
      this.#wake();
    };
  }

  /** Starts work, and gives its room back when it has ended. Its error is thrown here later if nobody awaits the promise. */
  start<T>(work: () => Promise<T>, giveBack: () => void = () => {}): Promise<T> {
    const running = work()
      .catch((error: unknown) => {
        this.#failure ??= { error };
        throw error;
      })
      .finally(() => {
        giveBack();
        this.#running.delete(running);
        this.#wake();
      });
    this.#running.add(running);
    // Whoever asks next is told.
    running.catch(() => {});
    return running;
  }

  /** Starts work once there is room for it. @throws the error of one that failed */
  async run(work: () => Promise<void>): Promise<void> {
    void this.start(work, await this.room());
  }

  /** Waits until nothing is under way. @throws the error of the first that failed */
  async settle(): Promise<void> {
    while (this.#running.size > 0) await Promise.allSettled(this.#running);
    this.#throwIfFailed();
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }

  #throwIfFailed(): void {
    if (this.#failure !== null) throw this.#failure.error;
  }
}

/** Does something for each item, so many at a time. When it fails, nothing is under way any more. */
export async function forEachOf<T>(
  items: AsyncIterable<T>,
  most: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const underWay = new UnderWay(most);
  try {
    for await (const item of items) await underWay.run(() => work(item));
  } catch (error) {
    await underWay.settle().catch(() => {});
    throw error;
  }
  await underWay.settle();
}
