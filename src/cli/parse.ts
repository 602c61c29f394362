import yargs, { type Argv } from 'yargs';
import { HoldfastError } from '../core/errors.ts';
import { VERSION } from '../core/version.ts';
import type { Command } from './commands/command.ts';
import { EXIT_CODES_HELP } from './exit-codes.ts';
import { COMMON_OPTIONS, OPTIONS, type OptionName } from './options.ts';
import { suggest } from './suggest.ts';

const HELP_COLUMNS = 110;

const ENVIRONMENT_HELP = `Every option has an environment twin: --key-file is HOLDFAST_KEY_FILE. Lists are split at commas.
Exit codes: holdfast --help`;

/** What the command line asks for: a command to run, or a text (help, a completion script) to print. */
export type Request =
  | { readonly command: Command; readonly parsed: Readonly<Record<string, unknown>> }
  | { readonly text: string };

/**
 * Reads the command line.
 * @param columns the terminal's width, for help texts
 * @throws HoldfastError `usage` for what is unknown, missing or too much, with a suggestion after a typo
 */
export async function parseCommandLine(
  argv: readonly string[],
  commands: readonly Command[],
  columns: number | undefined,
): Promise<Request> {
  let chosen: Command | undefined;
  let parsed: Record<string, unknown> = {};
  let text = '';
  const parser = yargs()
    .scriptName('holdfast')
    .parserConfiguration({
      'boolean-negation': false,
      'camel-case-expansion': false,
      'dot-notation': false,
      'greedy-arrays': false,
      'parse-numbers': false,
      'parse-positional-numbers': false,
    })
    .usage(
      `holdfast ${VERSION}: backs up an application's database and files into one zip, and brings them back.`,
    )
    .command(
      commands.map((command) => ({
        command: command.usage,
        describe: command.summary,
        builder: (builder: Argv) => describeCommand(builder, command),
        handler: (values: Record<string, unknown>) => {
          chosen = command;
          parsed = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, showDash(value)]));
        },
      })),
    )
    .completion('completion', 'Print a completion script: completion bash, or completion zsh')
    .demandCommand(1, 'No command is given.')
    .strict()
    .help()
    .alias('help', 'h')
    .version(false)
    .option('version', { type: 'boolean', describe: 'Show the version' })
    .epilogue(EXIT_CODES_HELP)
    .wrap(Math.min(HELP_COLUMNS, columns ?? HELP_COLUMNS))
    .exitProcess(false)
    .showHelpOnFail(false)
    .fail((message: string | null, error: Error | undefined) => {
      if (error !== undefined && error.name !== 'YError') throw error;
      throw usageError(message ?? error?.message ?? '', argv, commands);
    });
  await parser.parseAsync(
    withoutShell(argv).map(hideDash),
    {},
    (_error: unknown, _argv: unknown, output: string) => {
      text = output;
    },
  );
  return chosen === undefined ? { text } : { command: chosen, parsed };
}

function describeCommand(builder: Argv, command: Command): Argv {
  builder.usage(`holdfast ${command.usage}\n\n${command.summary}.`);
  for (const [name, describe] of Object.entries(command.positionals)) {
    builder.positional(name, { describe, type: 'string' });
  }
  const common: readonly OptionName[] = COMMON_OPTIONS;
  for (const name of new Set([...command.options, ...common])) {
    const option = OPTIONS[name];
    builder.option(name, {
      describe: option.describe,
      type: option.type === 'list' ? 'array' : option.type === 'switch' ? 'boolean' : 'string',
      ...(option.type === 'list' ? { string: true } : {}),
      requiresArg: option.type !== 'switch',
      group: common.includes(name) ? 'Output:' : 'Options:',
    });
  }
  const examples = command.examples.map(([line, what]) => `  # ${what}\n  holdfast ${line}`);
  return builder.epilogue(`Examples:\n${examples.join('\n')}\n\n${ENVIRONMENT_HELP}`);
}

/** yargs turns the positional argument `-` into an empty text, so it goes through as something no argument can be. */
const HIDDEN_DASH = '\0-';

function hideDash(argument: string): string {
  return argument === '-' ? HIDDEN_DASH : argument;
}

function showDash(value: unknown): unknown {
  return value === HIDDEN_DASH ? '-' : value;
}

function usageError(
  yargsMessage: string,
  argv: readonly string[],
  commands: readonly Command[],
): HoldfastError {
  const message = yargsMessage.replaceAll(HIDDEN_DASH, '-');
  const verbs = commands.map(verbOf);
  const verb = argv.find((argument) => !argument.startsWith('-'));
  const command = commands.find((candidate) => verbOf(candidate) === verb);
  const unknown = /^Unknown (?:argument|command)s?: (.*)$/.exec(message)?.[1];
  const hints: string[] = [];
  if (unknown !== undefined) {
    for (const name of unknown.split(', ')) {
      const isOption = argv.some((argument) => argument === `--${name}` || argument.startsWith(`--${name}=`));
      const known = isOption
        ? [...(command?.options ?? []), ...COMMON_OPTIONS, 'help']
        : command === undefined
          ? verbs
          : [];
      const meant = suggest(name, known);
      if (meant !== undefined) hints.push(`Did you mean ${isOption ? '--' : ''}${meant}?`);
    }
  }
  hints.push(`See: holdfast ${command === undefined ? '' : `${verb} `}--help`);
  const missing = command?.usage.match(/<[a-z]+>/g)?.join(' ');
  if (message.startsWith('Not enough') && missing !== undefined) {
    return new HoldfastError('usage', `${verb} needs an argument: ${missing}.`, { hint: hints.join('\n') });
  }
  const sentence = message.endsWith('.') ? message : `${message}.`;
  return new HoldfastError('usage', sentence, { hint: hints.join('\n') });
}

/** Takes the shell out of `completion SHELL`: yargs writes its script for the shell that the variable SHELL names. */
function withoutShell(argv: readonly string[]): string[] {
  const [verb, shell, ...rest] = argv;
  if (verb !== 'completion' || shell === undefined || shell.startsWith('-')) return [...argv];
  if (shell !== 'bash' && shell !== 'zsh') {
    throw new HoldfastError('usage', `There is no completion for ${shell}.`, {
      hint: 'There is one for bash and one for zsh.',
    });
  }
  process.env['SHELL'] = `/bin/${shell}`;
  return [verb, ...rest];
}

/** The command's name without its arguments. */
function verbOf(command: Command): string {
  return command.usage.split(' ')[0] ?? command.usage;
}
