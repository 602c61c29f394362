import { archiveToRead } from '../archive-argument.ts';
import { printable } from '../../core/printable.ts';
import { EXIT } from '../exit-codes.ts';
import { resolveKey } from '../key.ts';
import { writeText } from '../output.ts';
import type { Command } from './command.ts';

export const inspect: Command<'key' | 'key-file' | 'json'> = {
  usage: 'inspect <archive>',
  summary: 'Show what is in an archive, without restoring it',
  positionals: { archive: 'A path, s3://bucket/key, or - for standard input' },
  examples: [
    ['inspect app.zip', 'source, tables, files'],
    [
      'inspect app.zip.crypt --key-file holdfast.key --json',
      'the manifest as one JSON object on standard output',
    ],
  ],
  options: ['key', 'key-file', 'json'],
  async run({ options, positionals }, context) {
    const archive = archiveToRead(positionals['archive'], context);
    const key = await resolveKey(options, context);
    const { runInspect } = await import('../../workflow/inspect.ts');
    const { console, stdin, stdout, signal } = context;
    const result = await runInspect({ archive, key, stdin, reporter: console, signal });
    console.clear();
    // What was asked for is data: it goes to standard output, as text or as JSON.
    if (options.json) {
      await writeText(stdout, `${JSON.stringify(result.manifest)}\n`);
      console.summary({
        lines: [],
        data: { command: 'inspect', archive: result.archive, complete: result.manifest.complete },
      });
      return EXIT.done;
    }
    const { describeArchive } = await import('../describe-archive.ts');
    // Whoever made the archive wrote the names in it.
    await writeText(stdout, `${describeArchive(result).map(printable).join('\n')}\n`);
    return EXIT.done;
  },
};
