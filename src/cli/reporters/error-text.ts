import { HoldfastError, messageOf } from '../../core/errors.ts';

/**
 * The lines that tell of an error: message and hint for an expected one, the stack for one that is not (or with
 * `verbose`, for both, with causes).
 */
export function errorLines(error: unknown, verbose: boolean): string[] {
  if (!(error instanceof HoldfastError)) {
    return [
      `Unexpected error: ${messageOf(error)}`,
      ...stackLines(error),
      'This is a bug in holdfast; please report it with the lines above.',
    ];
  }
  const lines = error.message.split('\n');
  if (error.hint !== undefined) lines.push(...error.hint.split('\n'));
  if (verbose) {
    for (
      let cause = error.cause;
      cause !== undefined;
      cause = cause instanceof Error ? cause.cause : undefined
    ) {
      lines.push(`Caused by: ${messageOf(cause)}`, ...stackLines(cause));
    }
  }
  return lines;
}

function stackLines(error: unknown): string[] {
  if (!(error instanceof Error) || error.stack === undefined) return [];
  return error.stack.split('\n').filter((line) => /^\s+at /.test(line));
}
