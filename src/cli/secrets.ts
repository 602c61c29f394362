import { redactArgument, redactUrl } from '../core/redact.ts';

/** What was found in the arguments that does not belong there. */
export interface ExposedSecrets {
  readonly key: boolean;
  /** The schemes of the URLs with a password, empty for one that cannot be told. */
  readonly passwords: ReadonlySet<string>;
}

/** Looks for secrets that the command line itself holds: a key, or a URL with a password. */
export function findExposedSecrets(argv: readonly string[]): ExposedSecrets {
  let key = false;
  const passwords = new Set<string>();
  for (const [index, argument] of argv.entries()) {
    const value = argument.startsWith('--key=')
      ? argument.slice('--key='.length)
      : argv[index - 1] === '--key'
        ? argument
        : undefined;
    if (value !== undefined && value !== '-') key = true;
    // Where it does not belong, as after --key-file, and with a digit too few or too many, it is exposed all the same.
    if (/(^|=)[0-9a-f]{60,68}$/i.test(argument)) key = true;
    if (/:\/\/|=/.test(argument) && redactUrl(argument) !== argument) {
      passwords.add(/([a-z][a-z0-9+.-]*):/i.exec(argument)?.[1]?.toLowerCase() ?? '');
    }
  }
  return { key, passwords };
}

/**
 * Overwrites the command line that `ps` and /proc show, when it holds what looks like a secret. Node's title setter writes
 * over the argument memory itself, so the arguments are gone from there.
 */
export function eraseCommandLine(argv: readonly string[], secrets: ExposedSecrets): void {
  // No word of it is kept: of a command line that is not well formed, none is known to be harmless.
  if (secrets.key || argv.some((argument) => redactArgument(argument) !== argument))
    process.title = 'holdfast';
}

/** One warning line for the secrets found, or null when there are none. */
export function exposureWarning(secrets: ExposedSecrets): string | null {
  const { key, passwords } = secrets;
  if (!key && passwords.size === 0) return null;
  const what = [
    ...(key ? ['the key'] : []),
    ...new Set(
      Array.from(passwords, (scheme) => (ofDatabase(scheme) ? "the database's password" : 'a secret')),
    ),
  ];
  const instead = [
    ...(key ? ['--key-file or HOLDFAST_KEY_FILE'] : []),
    ...(Array.from(passwords).some(ofDatabase)
      ? ['the environment (HOLDFAST_DATABASE, HOLDFAST_AGAINST)']
      : []),
    ...new Set(Array.from(passwords, secretPlace)),
  ];
  return `${what.join(' and ')} stood on the command line, where other users and the shell's history can see it; use ${instead.join(', ')} instead.`;
}

/** Whether a URL of that scheme may be a database's; S3 has its own, and its services are reached by HTTP. */
function ofDatabase(scheme: string): boolean {
  return !['s3', 'http', 'https'].includes(scheme);
}

/** Where the clients of a database look for a password, and those of S3 for keys. */
function secretPlace(scheme: string): string {
  if (!ofDatabase(scheme)) return 'AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a profile';
  return ['mysql', 'mariadb'].includes(scheme) ? '~/.my.cnf or MYSQL_PWD' : '~/.pgpass or PGPASSWORD';
}
