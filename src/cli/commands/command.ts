import type { ReadStream, WriteStream } from 'node:tty';
import type { Environment } from '../environment.ts';
import type { OptionName, OptionValues } from '../options.ts';
import type { Console } from '../reporters/console.ts';

/** What a command works with, besides its options. */
export interface CommandContext {
  readonly stdin: ReadStream;
  readonly stdout: WriteStream;
  readonly stderr: WriteStream;
  readonly env: Environment;
  readonly console: Console;
  readonly signal: AbortSignal;
}

/** What a command was called with. */
export interface CommandInput<Name extends OptionName> {
  readonly options: OptionValues<Name>;
  /** The positional arguments by name. */
  readonly positionals: Readonly<Record<string, string | undefined>>;
}

/** One verb of the command line. */
export interface Command<Name extends OptionName = OptionName> {
  /** As yargs has it, with the positional arguments: `backup [archive]`. */
  readonly usage: string;
  readonly summary: string;
  /** What each positional argument is. */
  readonly positionals: Readonly<Record<string, string>>;
  /** Pairs of a command line and what it does. */
  readonly examples: readonly (readonly [string, string])[];
  readonly options: readonly Name[];
  /** Does the work and returns the exit code. Loads what is heavy only here. */
  run(input: CommandInput<Name>, context: CommandContext): Promise<number>;
}
