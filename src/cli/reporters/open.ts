import type { WriteStream } from 'node:tty';
import { HoldfastError } from '../../core/errors.ts';
import type { Environment } from '../environment.ts';
import type { OptionValues, COMMON_OPTIONS } from '../options.ts';
import type { Console } from './console.ts';

/** The console that the options and the terminal ask for. Loads what draws on terminals only when there is one. */
export async function openConsole(
  options: OptionValues<(typeof COMMON_OPTIONS)[number]>,
  output: WriteStream,
  env: Environment,
): Promise<Console> {
  const { json, quiet, verbose } = options;
  if (quiet && verbose) {
    throw new HoldfastError('usage', '--quiet and --verbose contradict each other.', {
      hint: 'Give one of them.',
    });
  }
  if (json) return (await import('./json.ts')).createJsonConsole(output, { verbose });
  const dumb = env['TERM'] === 'dumb';
  // A terminal without a width (a serial line, a container's) has no line to draw anew.
  if (!output.isTTY || !output.columns || quiet || dumb)
    return (await import('./log.ts')).createLogConsole(output, { verbose, quiet });
  const color = !options['no-color'] && (env['NO_COLOR'] ?? '') === '';
  return (await import('./terminal.ts')).createTerminalConsole(output, { verbose, color });
}
