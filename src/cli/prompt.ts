import type { ReadStream } from 'node:tty';
import type { Writable } from 'node:stream';
import { HoldfastError } from '../core/errors.ts';

const CTRL_C = '\u0003';
const CTRL_D = '\u0004';
const BACKSPACES = ['\u0008', '\u007f'];

/**
 * Asks for a secret on the terminal without showing it.
 * @throws HoldfastError `usage` when there is no terminal to ask on, `interrupted` at Ctrl-C; the reason of `signal`
 */
export async function askSecret(
  question: string,
  input: ReadStream,
  output: Writable,
  signal: AbortSignal,
): Promise<string> {
  if (!input.isTTY) {
    throw new HoldfastError('usage', 'A key is to be asked for, but standard input is no terminal.', {
      hint: 'Give it with --key-file or HOLDFAST_KEY_FILE.',
    });
  }
  // Nothing is shown from before the question is: who is quick types at once.
  input.setRawMode(true);
  output.write(question);
  input.resume();
  try {
    return await readHidden(input, signal);
  } finally {
    input.setRawMode(false);
    input.pause();
    output.write('\n');
  }
}

function readHidden(input: ReadStream, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    const done = (act: () => void): void => {
      input.off('data', onData);
      signal.removeEventListener('abort', onAbort);
      act();
    };
    const onAbort = (): void => done(() => reject(signal.reason as Error));
    const onData = (chunk: Buffer | string): void => {
      for (const character of chunk.toString()) {
        if (character === CTRL_C) return done(() => reject(new HoldfastError('interrupted', 'Interrupted.')));
        if (character === '\r' || character === '\n' || character === CTRL_D)
          return done(() => resolve(text));
        text = BACKSPACES.includes(character) ? text.slice(0, -1) : text + character;
      }
    };
    input.on('data', onData);
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
  });
}

/**
 * Asks a yes-or-no question on the terminal; anything but `y` or `yes` is a no, also the end of input (Ctrl-D).
 * @throws HoldfastError `interrupted` at Ctrl-C; the reason of `signal`
 */
export async function confirm(
  question: string,
  input: ReadStream,
  output: Writable,
  signal: AbortSignal,
): Promise<boolean> {
  const { createInterface } = await import('node:readline/promises');
  const lines = createInterface({ input, output });
  // A terminal in raw mode gives Ctrl-C as a key, of which the process does not hear.
  const interruption = new AbortController();
  lines.once('SIGINT', () => interruption.abort());
  try {
    const ended = AbortSignal.any([signal, interruption.signal]);
    const answer = await lines.question(`${question} [y/N] `, { signal: ended });
    return /^y(es)?$/i.test(answer.trim());
  } catch {
    // The line of the question has no end yet.
    output.write('\n');
    signal.throwIfAborted();
    if (!interruption.signal.aborted) return false;
    throw new HoldfastError('interrupted', 'Interrupted. Nothing was changed.');
  } finally {
    lines.close();
  }
}
