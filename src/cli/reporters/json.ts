import type { Writable } from 'node:stream';
import { HoldfastError, messageOf } from '../../core/errors.ts';
import type { Phase } from '../../core/reporter.ts';
import type { Console, Summary } from './console.ts';

/** The shortest time between two progress objects, in milliseconds. */
const INTERVAL_MS = 1_000;

/**
 * One JSON object a line: `{"event": "phase" | "progress" | "warning" | "detail" | "summary", "time": …}`. The last
 * line is the summary, of a failure too. docs/json-events.md is its contract.
 */
export function createJsonConsole(output: Writable, options: { readonly verbose: boolean }): Console {
  let phase: Phase | undefined;
  let doneBytes = 0;
  let lastProgress = 0;
  const write = (event: string, fields: Readonly<Record<string, unknown>>): void => {
    output.write(`${JSON.stringify({ event, time: new Date().toISOString(), ...fields })}\n`);
  };
  return {
    phase(name, title, totalBytes) {
      phase = name;
      doneBytes = 0;
      lastProgress = Date.now();
      write('phase', { phase, title, ...(totalBytes === undefined ? {} : { totalBytes }) });
    },
    progress(bytes, item) {
      doneBytes += bytes;
      if (Date.now() - lastProgress < INTERVAL_MS) return;
      lastProgress = Date.now();
      write('progress', { phase, doneBytes, ...(item === undefined ? {} : { item }) });
    },
    warning: (message) => write('warning', { message }),
    detail(message) {
      if (options.verbose) write('detail', { message });
    },
    summary: (summary: Summary) => write('summary', { ok: true, ...summary.data }),
    error(error, exitCode) {
      const expected = error instanceof HoldfastError;
      write('summary', {
        ok: false,
        exitCode,
        code: expected ? error.code : 'unexpected',
        message: messageOf(error),
        ...(expected && error.hint !== undefined ? { hint: error.hint } : {}),
        ...(expected || !(error instanceof Error) ? {} : { stack: error.stack }),
      });
    },
    clear() {},
  };
}
