import { Readable } from 'node:stream';

/** How many times in a row a body may break without a byte having come. */
const MOST_BREAKS = 5;

export interface ResumingBodyOptions {
  /** The body of the first answer. */
  readonly body: Readable;
  /** How many bytes it has. */
  readonly length: number;
  /** Asks for the rest from a byte on, of the same state of the object. */
  reopen(from: number): Promise<Readable>;
  /** Is told of a break after `read` bytes, and how long none had come, in milliseconds, where it is that. */
  onBreak(error: Error, read: number, idle: number): void;
  /** What a body is called that breaks again and again. */
  explain(error: Error): Error;
  /** How long it may stand still while bytes are wanted, in milliseconds. */
  readonly idleTimeout: number;
  readonly signal: AbortSignal;
}

/**
 * An object's bytes. When the connection breaks or stands still in the middle, the rest is asked for again, once it is wanted.
 * It ends with as many bytes as were promised, or with an error.
 */
export class ResumingBody extends Readable {
  readonly #options: ResumingBodyOptions;
  #body: Readable | undefined;
  #read = 0;
  /** How many of the bytes there were when the current body was opened. */
  #start = 0;
  #breaks = 0;
  #isResuming = false;
  #idle: NodeJS.Timeout | undefined;
  readonly #onAbort = (): void => void this.destroy(this.#options.signal.reason as Error);

  constructor(options: ResumingBodyOptions) {
    super();
    this.#options = options;
    options.signal.addEventListener('abort', this.#onAbort, { once: true });
    this.#take(options.body);
  }

  override _read(): void {
    if (this.#body === undefined) return this.#resume();
    this.#watch();
    this.#body.resume();
  }

  override _destroy(error: Error | null, callback: (error: Error | null) => void): void {
    clearTimeout(this.#idle);
    this.#options.signal.removeEventListener('abort', this.#onAbort);
    this.#drop();
    callback(error);
  }

  #take(body: Readable): void {
    this.#body = body;
    this.#start = this.#read;
    const current = (run: () => void) => (): void => {
      if (this.#body === body) run();
    };
    body.on('data', (chunk: Buffer) => {
      if (this.#body === body) this.#pass(chunk);
    });
    body.on(
      'end',
      current(() => this.#end()),
    );
    body.on('error', (error: Error) => current(() => this.#break(error))());
    body.on(
      'close',
      current(() => this.#break(new Error('the connection was closed'))),
    );
    body.pause();
  }

  #pass(chunk: Buffer): void {
    const wanted = chunk.subarray(0, this.#options.length - this.#read);
    this.#read += wanted.length;
    if (wanted.length > 0 && !this.push(wanted)) {
      clearTimeout(this.#idle);
      this.#body?.pause();
    } else this.#watch();
    if (wanted.length < chunk.length) this.#end();
  }

  #end(): void {
    if (this.#read < this.#options.length) return this.#break(new Error('the answer was cut off'));
    clearTimeout(this.#idle);
    // One that is through leaves its connection to the next request.
    if (this.#body?.readableEnded) this.#body = undefined;
    else this.#drop();
    this.push(null);
  }

  /** Gives the body up. It is asked for again when bytes are wanted, which they are if the reader was waiting for some. */
  #break(error: Error, idle = 0): void {
    this.#drop();
    clearTimeout(this.#idle);
    this.#breaks = this.#read > this.#start ? 1 : this.#breaks + 1;
    if (this.#breaks > MOST_BREAKS) return void this.destroy(this.#options.explain(error));
    this.#options.onBreak(error, this.#read, idle);
    if (this.readableLength < this.readableHighWaterMark) this.#resume();
  }

  #resume(): void {
    if (this.#isResuming || this.destroyed) return;
    this.#isResuming = true;
    this.#options
      .reopen(this.#read)
      .then((body) => {
        this.#isResuming = false;
        this.#take(body);
        if (this.destroyed) return this.#drop();
        this.#watch();
        body.resume();
      })
      .catch((error: Error) => this.destroy(error));
  }

  #watch(): void {
    clearTimeout(this.#idle);
    const { idleTimeout } = this.#options;
    this.#idle = setTimeout(
      () => this.#break(new Error(`nothing came for ${idleTimeout / 1000} s`), idleTimeout),
      idleTimeout,
    );
  }

  #drop(): void {
    const body = this.#body;
    this.#body = undefined;
    body?.on('error', () => {});
    body?.destroy();
  }
}
