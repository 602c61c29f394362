import type { Writable } from 'node:stream';
import { formatBytes } from '../../core/format.ts';
import { printableLines } from '../../core/printable.ts';
import type { Console } from './console.ts';
import { errorLines } from './error-text.ts';

/** The shortest time between two lines of progress in a log, in milliseconds. */
const INTERVAL_MS = 5_000;

/** Plain lines for logs and pipes: no colour, no cursor movement, a progress line every few seconds. */
export function createLogConsole(
  output: Writable,
  options: { readonly verbose: boolean; readonly quiet: boolean },
): Console {
  let title = '';
  let totalBytes: number | undefined;
  let doneBytes = 0;
  let lastProgress = 0;
  const line = (text: string): void => {
    output.write(`${printableLines(text)}\n`);
  };
  return {
    phase(_phase, newTitle, total) {
      title = newTitle;
      totalBytes = total;
      doneBytes = 0;
      lastProgress = Date.now();
      if (!options.quiet) line(title);
    },
    progress(bytes) {
      doneBytes += bytes;
      if (options.quiet || Date.now() - lastProgress < INTERVAL_MS) return;
      lastProgress = Date.now();
      const of = totalBytes === undefined || doneBytes > totalBytes ? '' : ` of ${formatBytes(totalBytes)}`;
      line(`${title}: ${formatBytes(doneBytes)}${of}`);
    },
    warning: (message) => line(`Warning: ${message}`),
    detail(message) {
      if (options.verbose) line(message);
    },
    summary({ lines }) {
      if (!options.quiet) for (const text of lines) line(text);
    },
    error(error) {
      const [first, ...rest] = errorLines(error, options.verbose);
      line(`Error: ${first}`);
      for (const text of rest) line(text);
    },
    clear() {},
  };
}
