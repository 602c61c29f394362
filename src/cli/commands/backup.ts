import { HoldfastError } from '../../core/errors.ts';
import { formatBytes, formatCount, formatDuration } from '../../core/format.ts';
import { archiveToWrite, unnamedArchive } from '../archive-argument.ts';
import { databaseUrl } from '../database-url.ts';
import { parseDuration } from '../duration.ts';
import { EXIT } from '../exit-codes.ts';
import { parseJobs } from '../jobs.ts';
import { resolveKey } from '../key.ts';
import { parseStorages } from '../storages.ts';
import type { Command } from './command.ts';

export const backup: Command<
  | 'database'
  | 'storage'
  | 'key'
  | 'key-file'
  | 'jobs'
  | 'lock-timeout'
  | 'table'
  | 'exclude-table'
  | 'exclude-table-data'
  | 'exclude'
  | 'skip-database'
  | 'overwrite'
> = {
  usage: 'backup [archive]',
  summary: 'Back up a database and files into one archive',
  positionals: {
    archive:
      'A path, a directory, s3://bucket/key, s3://bucket/folder/, or - for standard output; default: <database>-<time>.zip, or a redirected standard output',
  },
  examples: [
    ['backup --database postgres://app@localhost/app --storage /srv/app/uploads', 'database and files'],
    [
      `backup --table 'audit*.log_*' --table '"Invoices"' --exclude-table '*_old'`,
      'some tables, by patterns as psql has them',
    ],
    [
      'backup /backups --storage uploads=/srv/app/files --key-file /etc/holdfast.key',
      'encrypted, into a folder',
    ],
    [
      "backup s3://backups/app/ --storage 's3://media/uploads?endpoint=https://s3.example.com'",
      'files in one bucket, the archive into another',
    ],
    ['backup - > app.zip', 'to standard output; database from HOLDFAST_DATABASE or DATABASE_URL'],
  ],
  options: [
    'database',
    'storage',
    'key',
    'key-file',
    'jobs',
    'lock-timeout',
    'table',
    'exclude-table',
    'exclude-table-data',
    'exclude',
    'skip-database',
    'overwrite',
  ],
  async run({ options, positionals }, context) {
    const storages = await parseStorages(options.storage);
    const url = options['skip-database'] ? null : databaseUrl(options.database, context.env);
    if (url === null && storages.length === 0) {
      throw new HoldfastError('usage', 'There is nothing to back up: no database and no --storage.');
    }
    if (url === null && options.table.length > 0) {
      throw new HoldfastError('usage', '--table with --skip-database leaves no table to back up.');
    }
    const jobs = parseJobs(options.jobs);
    const lockTimeout = parseDuration('lock-timeout', options['lock-timeout']);
    const archive = archiveToWrite(positionals['archive'] ?? unnamedArchive(context), context);
    const key = await resolveKey(options, context);
    const { runBackup } = await import('../../workflow/backup.ts');
    const { describeSelected } = await import('../../workflow/selection-report.ts');
    const result = await runBackup({
      database: url,
      storages,
      archive,
      overwrite: options.overwrite,
      key,
      jobs,
      lockTimeout,
      tables: options.table,
      excludeTables: options['exclude-table'],
      excludeRows: options['exclude-table-data'],
      excludeFiles: options.exclude,
      stdout: context.stdout,
      env: context.env,
      reporter: context.console,
      signal: context.signal,
    });
    const complete = result.problems.length === 0;
    for (const problem of result.problems) context.console.warning(problem);
    const ratio = `${(result.contentBytes / result.archiveBytes).toFixed(1)}:1`;
    context.console.summary({
      lines: [
        `${complete ? 'Backup complete' : `Backup INCOMPLETE, ${formatCount(result.problems.length, 'problem')}`}: ${result.archive}`,
        `  database  ${result.tables === null ? 'left out' : `${formatCount(result.tables, 'table')}, ${formatCount(result.rows, 'row')}, ${formatBytes(result.rowBytes)}`}`,
        ...(result.selection === null
          ? []
          : describeSelected(result.selection).map((line) => `            ${line}`)),
        `  files     ${formatCount(result.files, 'file')}, ${formatBytes(result.fileBytes)}`,
        `  archive   ${formatBytes(result.archiveBytes)}, ${result.contentBytes > result.archiveBytes ? `${ratio}, ` : ''}${key === undefined ? 'not encrypted' : 'encrypted'}, in ${formatDuration(result.milliseconds)}`,
      ],
      data: { command: 'backup', complete, ...result, encrypted: key !== undefined },
    });
    return complete ? EXIT.done : EXIT.incomplete;
  },
};
