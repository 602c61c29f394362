import { formatBytes, formatCount, formatDuration } from '../../core/format.ts';
import { printable } from '../../core/printable.ts';
import { archiveToRead } from '../archive-argument.ts';
import { EXIT } from '../exit-codes.ts';
import { parseJobs } from '../jobs.ts';
import { resolveKey } from '../key.ts';
import type { VerifyResult } from '../../workflow/verify.ts';
import type { Command } from './command.ts';

/** How many differences are shown to people; `--json` has them all. */
const MAX_SHOWN = 100;

export const verify: Command<'key' | 'key-file' | 'quick' | 'against' | 'jobs'> = {
  usage: 'verify <archive>',
  summary: 'Read an archive to its last byte and prove that it is whole and unchanged',
  positionals: { archive: 'A path, s3://bucket/key, or - for standard input' },
  examples: [
    ['verify app.zip', 'every checksum, every row count'],
    ['verify app.zip.crypt --key-file holdfast.key --quick', 'structure and manifest only'],
    ['verify app.zip --against postgres://app@localhost/app', 'and compare it with a live database'],
  ],
  options: ['key', 'key-file', 'quick', 'against', 'jobs'],
  async run({ options, positionals }, context) {
    const { quick, against: url } = options;
    const against = url === undefined ? null : { url, jobs: parseJobs(options.jobs) };
    const archive = archiveToRead(positionals['archive'], context);
    const key = await resolveKey(options, context);
    const { runVerify } = await import('../../workflow/verify.ts');
    const { console, stdin, signal, env } = context;
    const result = await runVerify({ archive, key, quick, against, env, stdin, reporter: console, signal });
    const { problems } = result;
    const differences = result.against?.differences.length ?? 0;
    if (differences > 0)
      console.warning(
        `The database is not what the archive holds: ${formatCount(differences, 'difference')}.`,
      );
    console.summary({
      lines: [
        ...(result.complete
          ? []
          : [`INCOMPLETE archive: ${formatCount(problems.length, 'problem')} when it was made`]),
        ...problems.map((problem) => `  ${problem}`),
        `${quick ? 'Structure and manifest are good' : 'Verified'}: ${result.archive}`,
        `  ${formatCount(result.entries, 'entry', 'entries')}, ${formatCount(result.tables, 'table')}, ${formatCount(result.rows, 'row')}, ${formatCount(result.files, 'file')}; ${formatBytes(result.archiveBytes)} in ${formatDuration(result.milliseconds)}`,
        ...comparisonLines(result.against),
      ],
      data: { command: 'verify', quick, ...result },
    });
    if (differences > 0) return EXIT.damaged;
    return result.complete ? EXIT.done : EXIT.incomplete;
  },
};

/** What a comparison with a live database found, as lines. */
function comparisonLines(against: VerifyResult['against']): string[] {
  if (against === null) return [];
  const { database, tables, notes, differences } = against;
  const title = `database ${database}`;
  return [
    differences.length === 0
      ? `The same: ${title}, the rows of ${formatCount(tables, 'table')}`
      : `DIFFERENT: ${title}`,
    ...differences.slice(0, MAX_SHOWN).map(({ message }) => `  ${printable(message)}`),
    ...(differences.length > MAX_SHOWN
      ? [`  and ${differences.length - MAX_SHOWN} more; --json names all`]
      : []),
    ...notes.map((note) => `  ${printable(note)}`),
  ];
}
