import type { ReadStream, WriteStream } from 'node:tty';
import { HoldfastError, Unfinished } from '../core/errors.ts';
import { VERSION } from '../core/version.ts';
import type { CommandContext } from './commands/command.ts';
import type { Environment } from './environment.ts';
import { EXIT, exitCodeFor } from './exit-codes.ts';
import { writeText } from './output.ts';
import type { Console } from './reporters/console.ts';
import { eraseCommandLine, exposureWarning, findExposedSecrets } from './secrets.ts';
import { watchSignals } from './signals.ts';
import { explainSystemError } from './system-error.ts';

/** The process as the command line sees it. */
export interface ProcessIo {
  readonly argv: readonly string[];
  readonly stdin: ReadStream;
  readonly stdout: WriteStream;
  readonly stderr: WriteStream;
  readonly env: Environment;
  /** Ends the process at once. */
  readonly leave: (code: number) => void;
}

/** Runs one command line and returns its exit code. Never throws. */
export async function run(io: ProcessIo): Promise<number> {
  const secrets = findExposedSecrets(io.argv);
  eraseCommandLine(io.argv, secrets);
  let console: Console | undefined;
  const watch = watchSignals((line) => console?.warning(line), io.leave);
  try {
    if (asksForVersion(io.argv)) {
      await writeText(io.stdout, `holdfast ${VERSION}\n`);
      return EXIT.done;
    }
    checkWorkingDirectory();
    const { parseCommandLine } = await import('./parse.ts');
    const { COMMANDS } = await import('./commands/commands.ts');
    const request = await parseCommandLine(io.argv, COMMANDS, io.stdout.columns);
    if ('text' in request) {
      await writeText(io.stdout, `${request.text}\n`);
      return EXIT.done;
    }
    const { readOptions, COMMON_OPTIONS } = await import('./options.ts');
    const { command, parsed } = request;
    const { openConsole } = await import('./reporters/open.ts');
    console = await openConsole(readOptions(COMMON_OPTIONS, parsed, io.env), io.stderr, io.env);
    const exposure = exposureWarning(secrets);
    if (exposure !== null) console.warning(exposure);
    const options = readOptions(command.options, parsed, io.env);
    const positionals = parsed as Record<string, string | undefined>;
    return await command.run({ options, positionals }, commandContext(io, console, watch.signal));
  } catch (error) {
    // What an interruption leads to has many names; only what it could not clean up is told by its own.
    const isClean = !(error instanceof Unfinished);
    const reason: unknown = watch.signal.aborted && isClean ? watch.signal.reason : explainSystemError(error);
    const code = exitCodeFor(
      reason instanceof HoldfastError ? reason.code : 'failed',
      isClean ? watch.received() : undefined,
    );
    console ??= await consoleForUsageErrors(io);
    console.error(reason, code);
    return code;
  } finally {
    watch.stop();
  }
}

function commandContext(io: ProcessIo, console: Console, signal: AbortSignal): CommandContext {
  const { stdout, stderr, env } = io;
  return {
    // Opening standard input takes milliseconds; a command that does not ask for it does not pay for it.
    get stdin() {
      return io.stdin;
    },
    stdout,
    stderr,
    env,
    console,
    signal,
  };
}

/** A command line that could not be read may still have asked for JSON. */
async function consoleForUsageErrors(io: ProcessIo): Promise<Console> {
  const { openConsole } = await import('./reporters/open.ts');
  const { readOptions } = await import('./options.ts');
  const names = ['json', 'no-color'] as const;
  const given = names.filter((name) => io.argv.includes(`--${name}`));
  const options = readOptions(names, Object.fromEntries(given.map((name) => [name, true])), io.env);
  return openConsole({ ...options, quiet: false, verbose: false }, io.stderr, io.env);
}

function asksForVersion(argv: readonly string[]): boolean {
  const end = argv.indexOf('--');
  return (end === -1 ? argv : argv.slice(0, end)).includes('--version');
}

/** Much resolves paths, and fails with an error of its own kind where there is nothing to resolve them against. */
function checkWorkingDirectory(): void {
  try {
    process.cwd();
  } catch (cause) {
    throw new HoldfastError('failed', 'The working directory does not exist any more.', {
      hint: 'Change to one that does: cd /',
      cause,
    });
  }
}
