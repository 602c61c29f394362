import { HoldfastError } from '../core/errors.ts';
import { environmentTwin, type Environment } from './environment.ts';

/** How an option is given: once with a value, repeatedly with a value each, or as a switch. */
type OptionType = 'string' | 'list' | 'switch';

interface OptionDefinition {
  readonly type: OptionType;
  readonly describe: string;
}

const FILE_PATTERN = String.raw`a pattern for the name, or with a slash for the path (*, ?, [a-z], {a,b}, **; \ takes one as it is)`;

/** Every option of every command: the one place for their names, types and texts. */
export const OPTIONS = {
  database: {
    type: 'string',
    describe:
      'The database, as postgres://user@host/name, mysql:// or mariadb:// likewise, or sqlite:PATH; default: DATABASE_URL',
  },
  storage: {
    type: 'list',
    describe:
      'Uploaded files, as [NAME=]DIRECTORY or [NAME=]s3://BUCKET/PREFIX; repeatable. NAME defaults to the last part',
  },
  key: {
    type: 'string',
    describe: 'The AES-256 key as 64 hex digits, or - to be asked for it; better: --key-file',
  },
  'key-file': { type: 'string', describe: 'A file that holds the key as 64 hex digits' },
  jobs: {
    type: 'string',
    describe: 'Database connections and compression jobs at a time; default: the number of cores, 4 at most',
  },
  'lock-timeout': {
    type: 'string',
    describe: 'How long to wait for tables that others have locked, as 500ms, 30s, 5min; default: 10min',
  },
  table: {
    type: 'list',
    describe: "Only these tables, with what they need: a pattern as psql's, name or schema.name; repeatable",
  },
  'exclude-table': {
    type: 'list',
    describe: 'Leave tables out: a pattern, name or schema.name; repeatable',
  },
  'exclude-table-data': { type: 'list', describe: "Leave tables' rows out; repeatable" },
  exclude: { type: 'list', describe: `Leave files out: ${FILE_PATTERN}; repeatable` },
  file: { type: 'list', describe: `Restore only the files that match: ${FILE_PATTERN}; repeatable` },
  overwrite: { type: 'switch', describe: 'Replace what is there' },
  'skip-database': { type: 'switch', describe: 'Leave the database out' },
  'skip-files': { type: 'switch', describe: 'Leave the files out' },
  'no-owner': { type: 'switch', describe: 'Leave ownership to the connecting role' },
  'no-privileges': { type: 'switch', describe: 'Leave grants out' },
  'skip-definer': {
    type: 'switch',
    describe: 'MySQL, MariaDB: views, routines, triggers and events run as the connecting account',
  },
  definer: {
    type: 'string',
    describe: 'MySQL, MariaDB: views, routines, triggers and events run as this account, as user@host',
  },
  'allow-incomplete': { type: 'switch', describe: 'Restore an archive although it is marked incomplete' },
  recover: { type: 'switch', describe: 'Finish or undo restores that a crash cut off, and restore nothing' },
  'from-host': {
    type: 'string',
    describe: 'With --recover: recover also what was begun on this host, which is gone for good',
  },
  'dry-run': { type: 'switch', describe: 'Check the target, say what would be done, and stop' },
  against: {
    type: 'string',
    describe: 'A database URL: also compare what the archive holds with that live database',
  },
  quick: { type: 'switch', describe: 'Check structure and manifest only, not the content' },
  yes: { type: 'switch', describe: 'Answer every question with yes' },
  json: { type: 'switch', describe: 'Say what happens as JSON on standard error, one object a line' },
  quiet: { type: 'switch', describe: 'Say nothing but warnings and errors' },
  verbose: { type: 'switch', describe: 'Say more' },
  'no-color': { type: 'switch', describe: 'No colours' },
} as const satisfies Record<string, OptionDefinition>;

export type OptionName = keyof typeof OPTIONS;

/** The options that every command has. */
export const COMMON_OPTIONS = [
  'json',
  'quiet',
  'verbose',
  'no-color',
] as const satisfies readonly OptionName[];

type OptionValue<Name extends OptionName> = {
  string: string | undefined;
  list: readonly string[];
  switch: boolean;
}[(typeof OPTIONS)[Name]['type']];

/** Options that say the same thing: of each pair only one can be meant. */
const ALTERNATIVES = [
  ['key', 'key-file'],
  ['quiet', 'verbose'],
] as const satisfies readonly (readonly OptionName[])[];

/** The values of some options: from the command line, else from the environment. */
export type OptionValues<Name extends OptionName> = { readonly [K in Name]: OptionValue<K> };

/**
 * The values of `names`, from what yargs parsed or from their environment twins: `HOLDFAST_` and the option's name in
 * capitals with underscores. There a list is split at commas, and a switch is off for `0`, `false`, `no` and nothing.
 * What stands on the command line goes before the environment, also before another option there that says the same.
 * @throws HoldfastError `usage` when an option that takes one value is given twice or without one
 */
export function readOptions<Name extends OptionName>(
  names: readonly Name[],
  parsed: Readonly<Record<string, unknown>>,
  env: Environment,
): OptionValues<Name> {
  const values = names.map((name) => {
    const given = parsed[name];
    if (given !== undefined) return [name, fromCommandLine(name, given)];
    return [name, fromEnvironment(name, isOutdone(name, parsed) ? {} : env)];
  });
  return Object.fromEntries(values) as OptionValues<Name>;
}

function isOutdone(name: OptionName, parsed: Readonly<Record<string, unknown>>): boolean {
  return ALTERNATIVES.some(
    (names: readonly OptionName[]) =>
      names.includes(name) && names.some((other) => parsed[other] !== undefined && parsed[other] !== false),
  );
}

function fromCommandLine(name: OptionName, given: unknown): unknown {
  const { type } = OPTIONS[name];
  const items: unknown[] = Array.isArray(given) ? given : [given];
  if (type === 'switch') return items.at(-1) === true;
  if (type !== 'list' && items.length > 1) {
    throw new HoldfastError('usage', `--${name} is given ${items.length} times.`, { hint: 'Give it once.' });
  }
  if (items.includes('')) throw new HoldfastError('usage', `--${name} needs a value.`);
  return type === 'list' ? items : items[0];
}

function fromEnvironment(name: OptionName, env: Environment): unknown {
  const value = env[environmentTwin(name)] ?? '';
  const { type } = OPTIONS[name];
  if (type === 'list') return splitList(value);
  if (type === 'switch') return !['', '0', 'false', 'no'].includes(value.toLowerCase());
  return value === '' ? undefined : value;
}

function splitList(text: string): string[] {
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}
