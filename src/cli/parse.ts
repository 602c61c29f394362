import yargs, { type Argv } from 'yargs';
import { HoldfastError } from '../core/errors.ts';
import { redactArgument } from '../core/redact.ts';
import { VERSION } from '../core/version.ts';
import { commandFirst, refuseSwitchValues, refuseUnknownOptions } from './arguments.ts';
import type { Command } from './commands/command.ts';
import { EXIT_CODES_HELP } from './exit-codes.ts';
import { COMMON_OPTIONS, OPTIONS, type OptionName } from './options.ts';
import { suggest } from './suggest.ts';

const HELP_COLUMNS = 110;

const COMPLETION = 'completion';

/** What the completion scripts call holdfast with. */
const ASKS_COMPLETIONS = '--get-yargs-completions';

const COMPLETION_HELP = `holdfast completion <shell>

Print a completion script for bash or zsh.

Examples:
  # for all users of this machine
  holdfast completion bash > /etc/bash_completion.d/holdfast
  # for zsh, in a folder of $fpath
  holdfast completion zsh > ~/.zsh/completions/_holdfast`;

const S3_HELP = `S3, in quotes: 's3://BUCKET/KEY?endpoint=https://HOST&region=REGION&profile=PROFILE'. What is left out is
taken from AWS_ENDPOINT_URL_S3, AWS_REGION and AWS_PROFILE. Access keys never stand there, but in
AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY or a profile, as for AWS's own tools.`;

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
  const ordered = commandFirst(argv);
  if (ordered[0] === COMPLETION && ordered.some((argument) => ['--help', '-h', 'help'].includes(argument)))
    return { text: COMPLETION_HELP };
  refuseSwitchValues(ordered);
  checkOptions(ordered, commands);
  // Before yargs is made, which looks for the shell then.
  const args = hideOperands(withoutShell(ordered));
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
          parsed = Object.fromEntries(
            Object.entries(values).map(([name, value]) => [name, showOperand(value)]),
          );
        },
      })),
    )
    .completion(COMPLETION, 'Print a completion script: completion bash, or completion zsh', complete)
    .demandCommand(1, 'No command is given.')
    .strict()
    .help()
    .alias('help', 'h')
    .version(false)
    .option('version', { type: 'boolean', describe: 'Show the version' })
    .epilogue(EXIT_CODES_HELP)
    .wrap(Math.min(HELP_COLUMNS, columns || HELP_COLUMNS))
    .exitProcess(false)
    .showHelpOnFail(false)
    .fail((message: string | null, error: Error | undefined) => {
      if (error !== undefined && error.name !== 'YError') throw error;
      throw usageError(message ?? error?.message ?? '', ordered, commands);
    });
  await parser.parseAsync(args, {}, (_error: unknown, _argv: unknown, output: string) => {
    text = output;
  });
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
  const s3 = 'archive' in command.positionals ? `${S3_HELP}\n\n` : '';
  const examples = command.examples.map(([line, what]) => `  # ${what}\n  holdfast ${line}`);
  return builder.epilogue(`Examples:\n${examples.join('\n')}\n\n${s3}${ENVIRONMENT_HELP}`);
}

/**
 * yargs turns the positional argument `-` into an empty text, and passes over what stands after `--`; so both go through
 * it marked with a character that no argument can hold.
 */
const MARK = '\0';

function hideOperands(argv: readonly string[]): string[] {
  if (argv[0] === ASKS_COMPLETIONS) return [...argv];
  const end = argv.indexOf('--');
  const options = end === -1 ? argv : argv.slice(0, end);
  const operands = end === -1 ? [] : argv.slice(end + 1);
  return [
    ...options.map((argument) => (argument === '-' ? `${MARK}-` : argument)),
    ...operands.map((argument) => (argument.startsWith('-') ? `${MARK}${argument}` : argument)),
  ];
}

function showOperand(value: unknown): unknown {
  return typeof value === 'string' && value.startsWith(MARK) ? value.slice(MARK.length) : value;
}

/** Refuses options that the command does not have, and where there is no command those that none has. */
function checkOptions(argv: readonly string[], commands: readonly Command[]): void {
  const [verb = ''] = argv;
  const command = commands.find((candidate) => verbOf(candidate) === verb);
  const isCommand = command !== undefined || verb === COMPLETION;
  // A command that there is not is told of before its options.
  if ((!isCommand && !verb.startsWith('-')) || verb === ASKS_COMPLETIONS) return;
  const own = isCommand ? (command?.options ?? []) : Object.keys(OPTIONS);
  const help = `holdfast ${isCommand ? `${verb} ` : ''}--help`;
  refuseUnknownOptions(argv, [...own, ...COMMON_OPTIONS, 'help', 'version'], help);
}

/** Proposes what fits the word that is typed. Options only once it begins like one: else the shell proposes files. */
function complete(
  current: string,
  argv: { readonly _?: readonly unknown[] },
  proposeAll: (take: (error: Error | null, words?: string[]) => void) => unknown,
  done: (words: string[]) => unknown,
): void {
  if (argv._?.includes(COMPLETION) === true) {
    done(['bash', 'zsh']);
    return;
  }
  proposeAll((_error, words = []) =>
    done(current.startsWith('-') ? words : words.filter((word) => !word.startsWith('-'))),
  );
}

function usageError(
  yargsMessage: string,
  argv: readonly string[],
  commands: readonly Command[],
): HoldfastError {
  const message = redactArgument(yargsMessage.replaceAll(MARK, ''));
  const verbs = commands.map(verbOf);
  const verb = argv.find((argument) => !argument.startsWith('-'));
  const command = commands.find((candidate) => verbOf(candidate) === verb);
  const hints: string[] = [];
  const [first] = argv;
  if (command === undefined && first !== undefined && first === verb) {
    const meant = suggest(first, [...verbs, COMPLETION]);
    if (meant !== undefined) hints.push(`Did you mean ${meant}?`);
    hints.push('See: holdfast --help');
    return new HoldfastError('usage', `Unknown command: ${redactArgument(first)}.`, {
      hint: hints.join('\n'),
    });
  }
  hints.push(`See: holdfast ${command === undefined ? '' : `${verb} `}--help`);
  const valueless = /^Not enough arguments following: (.*)$/.exec(message)?.[1];
  if (valueless !== undefined)
    return new HoldfastError('usage', `--${valueless} needs a value.`, { hint: hints.join('\n') });
  const missing = command?.usage.match(/<[a-z]+>/g)?.join(' ');
  if (message.startsWith('Not enough') && missing !== undefined) {
    return new HoldfastError('usage', `${verb} needs an argument: ${missing}.`, { hint: hints.join('\n') });
  }
  const sentence = message.endsWith('.') ? message : `${message}.`;
  return new HoldfastError('usage', sentence, { hint: hints.join('\n') });
}

/** Takes the shell out of `completion SHELL`: yargs writes its script for the shell that the variable SHELL names. */
function withoutShell(argv: readonly string[]): string[] {
  if (argv[0] !== COMPLETION) return [...argv];
  // What every command has changes nothing here: there is nothing to say but the script.
  const [, shell, stray] = argv.filter((argument) => !argument.startsWith('-'));
  if (stray !== undefined) {
    throw new HoldfastError('usage', `Unknown argument: ${redactArgument(stray)}.`, {
      hint: `See: holdfast ${COMPLETION} --help`,
    });
  }
  if (shell === undefined) return [COMPLETION];
  if (shell !== 'bash' && shell !== 'zsh') {
    throw new HoldfastError('usage', `There is no completion for ${redactArgument(shell)}.`, {
      hint: 'There is one for bash and one for zsh.',
    });
  }
  process.env['SHELL'] = `/bin/${shell}`;
  return [COMPLETION];
}

/** The command's name without its arguments. */
function verbOf(command: Command): string {
  return command.usage.split(' ')[0] ?? command.usage;
}
