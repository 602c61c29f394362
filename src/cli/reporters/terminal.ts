import type { WriteStream } from 'node:tty';
import { Chalk } from 'chalk';
import ora, { type Ora } from 'ora';
import { printableLines } from '../../core/printable.ts';
import type { Console } from './console.ts';
import { errorLines } from './error-text.ts';
import { progressText } from './progress-text.ts';

/** How often the line of progress is drawn anew at most, in milliseconds. */
const REDRAW_MS = 100;

/** Spinners and a bar on a terminal, drawn on standard error; colours only where they are wanted. */
export function createTerminalConsole(
  output: WriteStream,
  options: { readonly verbose: boolean; readonly color: boolean },
): Console {
  const chalk = new Chalk({ level: options.color ? 1 : 0 });
  let spinner: Ora | undefined;
  let title = '';
  let totalBytes: number | undefined;
  let doneBytes = 0;
  let startedAt = 0;
  let drawnAt = 0;

  const print = (text: string): void => {
    const running = spinner?.isSpinning === true;
    if (running) spinner?.stop();
    output.write(`${text}\n`);
    if (running) spinner?.start();
  };
  const endPhase = (good: boolean): void => {
    if (spinner === undefined) return;
    const symbol = good ? chalk.green('✓') : chalk.red('✗');
    const current = spinner;
    spinner = undefined;
    current.stop();
    output.write(
      `${symbol} ${progressText({ title, doneBytes, totalBytes: undefined, startedAt, columns: output.columns })}\n`,
    );
  };

  return {
    phase(_phase, newTitle, total) {
      endPhase(true);
      title = newTitle;
      totalBytes = total;
      doneBytes = 0;
      startedAt = Date.now();
      drawnAt = 0;
      // `discardStdin: false` leaves standard input alone: it may be an archive or a key.
      spinner = ora({
        text: title,
        stream: output,
        color: options.color ? 'cyan' : false,
        discardStdin: false,
      }).start();
    },
    progress(bytes, item) {
      doneBytes += bytes;
      if (spinner === undefined || Date.now() - drawnAt < REDRAW_MS) return;
      drawnAt = Date.now();
      const text = progressText({ title, doneBytes, totalBytes, startedAt, columns: output.columns, item });
      spinner.text = text;
    },
    warning: (message) => print(`${chalk.yellow('!')} ${printableLines(message)}`),
    detail(message) {
      if (options.verbose) print(chalk.dim(printableLines(message)));
    },
    summary({ lines }) {
      endPhase(true);
      for (const text of lines) output.write(`${printableLines(text)}\n`);
    },
    error(error) {
      endPhase(false);
      const [first, ...rest] = errorLines(error, options.verbose).map(printableLines);
      output.write(`${chalk.red('Error:')} ${first}\n`);
      for (const text of rest) output.write(`${text}\n`);
    },
    clear: () => endPhase(true),
  };
}
