import { HoldfastError } from '../../core/errors.ts';
import { formatBytes, formatCount, formatDuration } from '../../core/format.ts';
import { archiveToRead } from '../archive-argument.ts';
import { databaseUrl } from '../database-url.ts';
import { EXIT } from '../exit-codes.ts';
import { resolveKey } from '../key.ts';
import { confirm } from '../prompt.ts';
import { parseStorages } from '../storages.ts';
import type { Command } from './command.ts';

export const restore: Command<
  | 'database'
  | 'storage'
  | 'key'
  | 'key-file'
  | 'file'
  | 'skip-database'
  | 'skip-files'
  | 'no-owner'
  | 'no-privileges'
  | 'allow-incomplete'
  | 'dry-run'
  | 'yes'
  | 'json'
> = {
  usage: 'restore <archive>',
  summary: 'Restore an archive into an empty database and empty directories, all of it or nothing',
  positionals: { archive: 'A path, or - for standard input' },
  examples: [
    [
      'restore app.zip --database postgres://app@localhost/app --storage /srv/app/uploads',
      'database and files',
    ],
    [
      'restore app.zip.crypt --key-file holdfast.key --storage uploads=/srv/new --skip-database',
      'files alone',
    ],
    ['restore app.zip --dry-run', 'what would be done, and what stands in the way'],
  ],
  options: [
    'database',
    'storage',
    'key',
    'key-file',
    'file',
    'skip-database',
    'skip-files',
    'no-owner',
    'no-privileges',
    'allow-incomplete',
    'dry-run',
    'yes',
    'json',
  ],
  async run({ options, positionals }, context) {
    const { console, stdin, stderr, signal, env } = context;
    if (options['skip-database'] && options['skip-files']) {
      throw new HoldfastError('usage', '--skip-database and --skip-files together leave nothing to restore.');
    }
    const storages = parseStorages(options.storage);
    const key = await resolveKey(options, context);
    const archive = archiveToRead(positionals['archive'], context);
    const { runRestore } = await import('../../workflow/restore.ts');
    const result = await runRestore({
      archive,
      key,
      database: options['skip-database'] ? null : () => databaseUrl(options.database, env),
      databaseIsNamed: options.database !== undefined,
      storages: options['skip-files'] ? null : storages,
      files: options.file,
      noOwner: options['no-owner'],
      noPrivileges: options['no-privileges'],
      allowIncomplete: options['allow-incomplete'],
      dryRun: options['dry-run'],
      stdin,
      env,
      reporter: console,
      signal,
      async confirm(plan) {
        // Only a person at a terminal is asked; a script, and who reads JSON, has said what it wants by calling.
        if (options.yes || options.json || archive === '-' || !stdin.isTTY || !stderr.isTTY) return true;
        console.clear();
        for (const line of plan) stderr.write(`${line}\n`);
        return confirm('Go on?', stdin, stderr, signal);
      },
    });
    const { plan, done } = result;
    console.summary({
      lines: done
        ? [
            `Restored: ${result.archive}`,
            `  ${formatCount(result.tables, 'table')}, ${formatCount(result.rows, 'row')}, ${formatCount(result.files, 'file')}, ${formatBytes(result.fileBytes)} of files, in ${formatDuration(result.milliseconds)}`,
          ]
        : [
            // Who answered with no has just read it.
            ...(options['dry-run'] ? [...plan, 'Nothing stands in the way.'] : []),
            `Nothing was changed${options['dry-run'] ? ' (--dry-run)' : ''}.`,
          ],
      data: { command: 'restore', dryRun: options['dry-run'], ...result },
    });
    return done || options['dry-run'] ? EXIT.done : EXIT.refused;
  },
};
