import { HoldfastError } from '../../core/errors.ts';
import { formatBytes, formatCount, formatDuration } from '../../core/format.ts';
import { archiveToRead } from '../archive-argument.ts';
import { findDatabaseUrl } from '../database-url.ts';
import { EXIT } from '../exit-codes.ts';
import { parseJobs } from '../jobs.ts';
import { resolveKey } from '../key.ts';
import type { OptionValues } from '../options.ts';
import { confirm } from '../prompt.ts';
import { parseStorages } from '../storages.ts';
import type { Command, CommandContext } from './command.ts';

const OPTIONS = [
  'database',
  'storage',
  'key',
  'key-file',
  'overwrite',
  'table',
  'file',
  'skip-database',
  'skip-files',
  'no-owner',
  'no-privileges',
  'skip-definer',
  'definer',
  'jobs',
  'allow-incomplete',
  'recover',
  'from-host',
  'dry-run',
  'yes',
  'json',
] as const;

const NOWHERE =
  'Looked where this user restored on this machine; --recover --storage LOCATION, and --database URL, look there too.';

type Options = OptionValues<(typeof OPTIONS)[number]>;

export const restore: Command<(typeof OPTIONS)[number]> = {
  usage: 'restore [archive]',
  summary: 'Restore an archive into a database, directories and buckets, all of it or nothing',
  positionals: { archive: 'A path, s3://bucket/key, or - for standard input' },
  examples: [
    [
      'restore app.zip --database postgres://app@localhost/app --storage /srv/app/uploads',
      'database and files',
    ],
    [
      'restore app.zip.crypt --key-file holdfast.key --storage uploads=/srv/new --skip-database',
      'files alone',
    ],
    [`restore app.zip --table orders --table 'audit.*' --skip-files`, 'two tables, with what they need'],
    [
      'restore s3://backups/app.zip --storage uploads=s3://media/uploads --skip-database',
      "from S3 into S3; directories and buckets take each other's files",
    ],
    ['restore app.zip --overwrite --dry-run', 'what would be made and removed, and what stands in the way'],
    ['restore --recover', 'after a crash: finish or undo what it cut off'],
  ],
  options: OPTIONS,
  run({ options, positionals }, context) {
    checkCombinations(options);
    const { archive } = positionals;
    if (!options.recover) return restoreArchive(archive, options, context);
    if (archive !== undefined) {
      throw new HoldfastError('usage', '--recover takes no archive.', {
        hint: 'To restore an archive, leave out --recover: a restore recovers first what it finds in its targets.',
      });
    }
    return recover(options, context);
  },
};

function checkCombinations(options: Options): void {
  if (options['skip-database'] && options['skip-files']) {
    throw new HoldfastError('usage', '--skip-database and --skip-files together leave nothing to restore.');
  }
  if (options.overwrite && options.file.length > 0) {
    throw new HoldfastError(
      'usage',
      '--file with --overwrite would remove everything else that the directory holds.',
      { hint: 'Restore the chosen files into an empty directory, and copy them from there.' },
    );
  }
  if (options.overwrite && options.table.length > 0) {
    throw new HoldfastError(
      'usage',
      '--table with --overwrite would remove everything else that the database holds.',
      { hint: 'Restore the chosen tables into an empty database, and copy them from there.' },
    );
  }
  if (options.definer !== undefined && (options['skip-definer'] || options['no-owner'])) {
    throw new HoldfastError('usage', '--definer cannot be given together with --skip-definer or --no-owner.');
  }
  if (options['skip-database'] && options.table.length > 0) {
    throw new HoldfastError('usage', '--table with --skip-database leaves no table to restore.');
  }
  if (options['from-host'] !== undefined && !options.recover) {
    throw new HoldfastError('usage', '--from-host is for --recover.');
  }
}

async function restoreArchive(
  given: string | undefined,
  options: Options,
  context: CommandContext,
): Promise<number> {
  const { console, stdin, stderr, signal, env } = context;
  const storages = await parseStorages(options.storage);
  const key = await resolveKey(options, context);
  if (given === undefined) {
    throw new HoldfastError('usage', 'No archive is given.', {
      hint: 'Name the file, or give - to read it from standard input.',
    });
  }
  const archive = archiveToRead(given, context);
  const { runRestore } = await import('../../workflow/restore.ts');
  const { describeSelected } = await import('../../workflow/selection-report.ts');
  const result = await runRestore({
    archive,
    key,
    keyFile: options['key-file'] ?? null,
    skipDatabase: options['skip-database'],
    database: findDatabaseUrl(options.database, env),
    databaseIsNamed: options.database !== undefined,
    storages: options['skip-files'] ? null : storages,
    tables: options.table,
    files: options.file,
    noOwner: options['no-owner'] || options['skip-definer'],
    noPrivileges: options['no-privileges'],
    definer: options.definer ?? null,
    jobs: parseJobs(options.jobs),
    overwrite: options.overwrite,
    allowIncomplete: options['allow-incomplete'],
    dryRun: options['dry-run'],
    stdin,
    env,
    reporter: console,
    signal,
    async confirm(plan, removes) {
      // Only a person at a terminal is asked; a script has said what it wants by calling.
      if (options.yes || archive === '-' || !stdin.isTTY || !stderr.isTTY) return true;
      console.clear();
      for (const line of plan) stderr.write(`${line}\n`);
      const question = removes ? 'What is there is removed for good. Go on?' : 'Go on?';
      return confirm(question, stdin, stderr, signal);
    },
  });
  const { plan, done } = result;
  console.summary({
    lines: done
      ? [
          `Restored: ${result.archive}`,
          `  ${formatCount(result.tables, 'table')}, ${formatCount(result.rows, 'row')}, ${formatCount(result.files, 'file')}, ${formatBytes(result.fileBytes)} of files, in ${formatDuration(result.milliseconds)}`,
          ...(result.selection === null ? [] : describeSelected(result.selection).map((line) => `  ${line}`)),
        ]
      : [
          // Who answered with no has just read it.
          ...(options['dry-run'] ? [...plan, 'Nothing stands in the way.'] : []),
          `Nothing was changed${options['dry-run'] ? ' (--dry-run)' : ''}.`,
        ],
    data: { command: 'restore', dryRun: options['dry-run'], ...result },
  });
  return done || options['dry-run'] ? EXIT.done : EXIT.refused;
}

async function recover(options: Options, context: CommandContext): Promise<number> {
  const { console, env, signal } = context;
  const { runRecover } = await import('../../workflow/recover.ts');
  const { found, recovered } = await runRecover({
    locations: (await parseStorages(options.storage)).map(({ location }) => location),
    databaseUrl: findDatabaseUrl(options.database, env),
    askDatabase: !options['skip-database'],
    fromHost: options['from-host'] ?? null,
    dryRun: options['dry-run'],
    env,
    reporter: console,
    signal,
  });
  const lines = options['dry-run']
    ? [...found.map((line) => `Found ${line}`), 'Nothing was changed (--dry-run).']
    : [`Recovered: ${formatCount(recovered.length, 'unfinished restore')}.`];
  console.summary({
    lines: found.length > 0 ? lines : ['No unfinished restore was found.', NOWHERE],
    data: { command: 'restore', recover: true, dryRun: options['dry-run'], found, recovered },
  });
  return EXIT.done;
}
