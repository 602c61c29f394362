import { HoldfastError } from '../core/errors.ts';
import { redactArgument } from '../core/redact.ts';
import { OPTIONS } from './options.ts';
import { suggest } from './suggest.ts';

const TYPES = new Map<string, { readonly type: string }>(Object.entries(OPTIONS));

/**
 * Puts the command before options that stand in front of it: only a command's own parser knows which of them take no
 * value, and would else take the command for one.
 */
export function commandFirst(argv: readonly string[]): readonly string[] {
  let at = 0;
  for (; at < argv.length; at++) {
    const { name, value } = optionOf(argv[at] ?? '');
    const type = TYPES.get(name)?.type;
    if (type === undefined) break;
    if (type !== 'switch' && value === undefined) at++;
  }
  const command = argv[at];
  if (command === undefined || command.startsWith('-')) return argv;
  return [command, ...argv.slice(0, at), ...argv.slice(at + 1)];
}

/** yargs takes any value of a switch but `true` for false: `--dry-run=yes` would not be dry. */
export function refuseSwitchValues(argv: readonly string[]): void {
  for (const argument of beforeOperands(argv)) {
    const { name, value } = optionOf(argument);
    if (TYPES.get(name)?.type !== 'switch' || [undefined, 'true', 'false'].includes(value)) continue;
    throw new HoldfastError('usage', `--${name} is a switch and takes no value.`, {
      hint: `Give --${name} alone, or leave it out.`,
    });
  }
}

/**
 * yargs takes the argument after an option that it does not know for its value, and then misses that argument.
 * @param known the options that there are
 * @param help the command that tells of them
 */
export function refuseUnknownOptions(argv: readonly string[], known: readonly string[], help: string): void {
  for (const argument of beforeOperands(argv)) {
    // Of `-pSECRET`, as other programs have it, the letter alone.
    const [shown = ''] = /^(?:--[a-z][^=]*|-[a-z])/i.exec(argument) ?? [];
    const name = shown.slice('--'.length);
    if (shown === '' || argument === '-h' || known.includes(name)) continue;
    const meant = suggest(name, known);
    throw new HoldfastError('usage', `Unknown option: ${redactArgument(shown)}.`, {
      hint: [...(meant === undefined ? [] : [`Did you mean --${meant}?`]), `See: ${help}`].join('\n'),
    });
  }
}

function beforeOperands(argv: readonly string[]): readonly string[] {
  const end = argv.indexOf('--');
  return end === -1 ? argv : argv.slice(0, end);
}

function optionOf(argument: string): { readonly name: string; readonly value: string | undefined } {
  const [, name = '', value] = /^--([a-z-]+)(?:=(.*))?$/s.exec(argument) ?? [];
  return { name, value };
}
