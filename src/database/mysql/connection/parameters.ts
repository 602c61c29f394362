import { HoldfastError } from '../../../core/errors.ts';

/** Parameters of a URL that are understood, by the names that the clients' options have. */
export const parameterNames = [
  'socket',
  'ssl-mode',
  'ssl-ca',
  'ssl-cert',
  'ssl-key',
  'tls-version',
  'connect-timeout',
  'server-public-key-path',
] as const;

export type ParameterName = (typeof parameterNames)[number];

/** Looks up a parameter: the URL's value, else the option file's. */
export type Parameters = (name: ParameterName) => string | undefined;

/**
 * Checks the names of a URL's parameters and joins them with the option file. Underscores are as good as hyphens, `sslmode`
 * is `ssl-mode`, and `ssl` is what it is to MariaDB's client: true asks for TLS, false does without.
 * @throws HoldfastError `usage` naming a parameter that is not understood
 */
export function resolveParameters(
  given: ReadonlyMap<string, string>,
  optionFile: ReadonlyMap<string, string | null>,
): Parameters {
  const known = new Map<ParameterName, string>();
  for (const [name, value] of given) {
    const [spelled, meaning] = spell(name, value);
    if (meaning === '') continue;
    if (parameterNames.includes(spelled as ParameterName)) {
      known.set(spelled as ParameterName, meaning);
      continue;
    }
    // With an @ behind it, what looks like a parameter's name may be of a password with a question mark in it.
    const shown = [...given.values()].some((other) => other.includes('@')) ? 'its name is not shown' : name;
    throw new HoldfastError('usage', `The database URL has a parameter that is not supported: ${shown}.`, {
      hint: `Remove it from the URL. Supported are: ${parameterNames.join(', ')}. A ? or & in a password must be percent-encoded.`,
    });
  }
  const filed = new Map<string, string>();
  for (const [name, value] of optionFile) {
    const [spelled, meaning] = spell(name, value ?? '');
    filed.set(spelled, meaning);
  }
  return (name) => known.get(name) ?? (filed.get(name) || undefined);
}

/** A parameter by its name here, and its value as that name has it. */
function spell(name: string, value: string): [name: string, value: string] {
  const key = name.replaceAll('_', '-');
  const off = ['0', 'false', 'off', 'no'].includes(value.toLowerCase());
  const on = ['', '1', 'true', 'on', 'yes'].includes(value.toLowerCase());
  if (key === 'sslmode') return ['ssl-mode', value];
  if (key === 'skip-ssl' && on) return ['ssl-mode', 'DISABLED'];
  if (key === 'ssl' && (on || off)) return ['ssl-mode', off ? 'DISABLED' : 'REQUIRED'];
  if (key === 'ssl-verify-server-cert' && on) return ['ssl-mode', 'VERIFY_IDENTITY'];
  return [key, value];
}
