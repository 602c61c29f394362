import { formatBytes, formatCount, formatDuration } from '../../core/format.ts';
import { archiveToRead } from '../archive-argument.ts';
import { EXIT } from '../exit-codes.ts';
import { resolveKey } from '../key.ts';
import type { Command } from './command.ts';

export const verify: Command<'key' | 'key-file' | 'quick'> = {
  usage: 'verify <archive>',
  summary: 'Read an archive to its last byte and prove that it is whole and unchanged',
  positionals: { archive: 'A path, or - for standard input' },
  examples: [
    ['verify app.zip', 'every checksum, every row count'],
    ['verify app.zip.crypt --key-file holdfast.key --quick', 'structure and manifest only'],
  ],
  options: ['key', 'key-file', 'quick'],
  async run({ options, positionals }, context) {
    const archive = archiveToRead(positionals['archive'], context);
    const key = await resolveKey(options, context);
    const { runVerify } = await import('../../workflow/verify.ts');
    const { quick } = options;
    const { console, stdin, signal } = context;
    const result = await runVerify({ archive, key, quick, stdin, reporter: console, signal });
    const { problems } = result;
    console.summary({
      lines: [
        ...(result.complete
          ? []
          : [`INCOMPLETE archive: ${formatCount(problems.length, 'problem')} when it was made`]),
        ...problems.map((problem) => `  ${problem}`),
        `${quick ? 'Structure and manifest are good' : 'Verified'}: ${result.archive}`,
        `  ${formatCount(result.entries, 'entry', 'entries')}, ${formatCount(result.tables, 'table')}, ${formatCount(result.rows, 'row')}, ${formatCount(result.files, 'file')}; ${formatBytes(result.archiveBytes)} in ${formatDuration(result.milliseconds)}`,
      ],
      data: { command: 'verify', quick, ...result },
    });
    return result.complete ? EXIT.done : EXIT.incomplete;
  },
};
