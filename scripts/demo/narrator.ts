import { spawn } from 'node:child_process';
import { open } from 'node:fs/promises';
import { createInterface } from 'node:readline';

/** Tells on standard output what the demo does. Plain text, so that it reads the same in a terminal and in a log. */
export class Narrator {
  readonly #environment: NodeJS.ProcessEnv;
  readonly #signal: AbortSignal;
  #steps = 0;

  /** @param options.environment of the commands that are run; `signal` ends them and the steps */
  constructor(options: { environment: NodeJS.ProcessEnv; signal: AbortSignal }) {
    this.#environment = options.environment;
    this.#signal = options.signal;
  }

  say(text: string): void {
    process.stdout.write(`${text}\n`);
  }

  /** Does one step of the story under a heading, and says how long it took. */
  async step<T>(title: string, work: () => Promise<T>): Promise<T> {
    this.#signal.throwIfAborted();
    this.#steps += 1;
    const started = performance.now();
    this.say(`\n${String(this.#steps).padStart(2)}. ${title}`);
    const result = await work();
    this.say(`    (${((performance.now() - started) / 1000).toFixed(1)} s)`);
    return result;
  }

  note(text: string): void {
    this.say(`    ${text}`);
  }

  /**
   * Runs a command in the working directory, showing it as one would type it, and what it prints. Throws unless it
   * ends with exit code 0.
   *
   * @param output a new file, readable by its owner alone, that takes standard output
   */
  async run(command: readonly [string, ...string[]], output?: string): Promise<void> {
    this.say(`    $ ${asTyped(command)}${output === undefined ? '' : ` > ${quoted(output)}`}`);
    const file = output === undefined ? undefined : await open(output, 'wx', 0o600);
    try {
      const [program, ...args] = command;
      // In a process group of its own, so that Ctrl-C reaches the command once and through us.
      const child = spawn(program, args, {
        detached: true,
        env: this.#environment,
        stdio: ['ignore', file?.fd ?? 'pipe', 'pipe'],
      });
      const end = (): void => {
        if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGINT');
      };
      this.#signal.addEventListener('abort', end);
      const ended = new Promise<string>((resolve, reject) => {
        child.once('error', reject);
        child.once('close', (code, signal) => resolve(signal ?? `exit code ${code}`));
      });
      const outcome = await Promise.all([this.#show(child.stdout), this.#show(child.stderr), ended]);
      this.#signal.removeEventListener('abort', end);
      this.#signal.throwIfAborted();
      if (outcome[2] !== 'exit code 0') throw new Error(`${program} ${args[0]} ended with ${outcome[2]}`);
    } finally {
      await file?.close();
    }
  }

  async #show(stream: NodeJS.ReadableStream | null): Promise<void> {
    if (stream === null) return;
    for await (const line of createInterface({ input: stream })) this.say(`      ${line}`);
  }
}

/** A command as one types it: each flag on a line of its own when it is long. */
export function asTyped(command: readonly string[], indent = 8): string {
  const words = command.map(quoted);
  const line = words.join(' ');
  return line.length <= 80 ? line : line.replaceAll(' --', ` \\\n${' '.repeat(indent)}--`);
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
