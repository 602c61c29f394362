import { OwnFile } from './own-file.ts';

/** Several connections to one file that nobody changes, each in a thread of its own. */
export class OwnFiles implements AsyncDisposable {
  readonly #path: string;
  readonly #signal: AbortSignal;
  readonly #opened: OwnFile[] = [];
  readonly #idle: OwnFile[] = [];
  readonly #waiting: ((file: OwnFile) => void)[] = [];
  #unopened: number;

  /** @param limit how many there may be at a time, at least 1 */
  constructor(path: string, limit: number, signal: AbortSignal) {
    this.#path = path;
    this.#unopened = limit;
    this.#signal = signal;
  }

  /** Does something on one of them, as soon as one is free; in the order of the calls. */
  async run<Result>(work: (file: OwnFile) => Promise<Result>): Promise<Result> {
    const file = await this.#take();
    try {
      return await work(file);
    } finally {
      const next = this.#waiting.shift();
      if (next) next(file);
      else this.#idle.push(file);
    }
  }

  async #take(): Promise<OwnFile> {
    const idle = this.#idle.pop();
    if (idle !== undefined) return idle;
    if (this.#unopened === 0) return new Promise((resolve) => this.#waiting.push(resolve));
    this.#unopened -= 1;
    const file = new OwnFile(this.#path, { readOnly: true, signal: this.#signal });
    this.#opened.push(file);
    return file;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#opened.map((file) => file[Symbol.asyncDispose]()));
  }
}
