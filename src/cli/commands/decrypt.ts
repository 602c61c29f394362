import { HoldfastError } from '../../core/errors.ts';
import { formatBytes, formatDuration } from '../../core/format.ts';
import { redactArgument } from '../../core/redact.ts';
import { withoutSuffix } from '../../location/without-suffix.ts';
import { archiveToRead, archiveToWrite } from '../archive-argument.ts';
import { EXIT } from '../exit-codes.ts';
import { resolveKey } from '../key.ts';
import type { Command } from './command.ts';

const CRYPT_SUFFIX = '.crypt';

export const decrypt: Command<'key' | 'key-file' | 'overwrite'> = {
  usage: 'decrypt <crypt> [archive]',
  summary: 'Decrypt an archive, so that any zip tool can open it',
  positionals: {
    crypt: 'The encrypted archive: a path, s3://bucket/key, or - for standard input',
    archive:
      'Where the plain archive goes: a path, s3://bucket/key, or - for standard output; default: without .crypt',
  },
  examples: [
    ['decrypt app.zip.crypt --key-file holdfast.key', 'writes app.zip'],
    ['decrypt app.zip.crypt - --key-file holdfast.key > app.zip', 'to standard output'],
  ],
  options: ['key', 'key-file', 'overwrite'],
  async run({ options, positionals }, context) {
    const crypt = archiveToRead(positionals['crypt'], context);
    const archive = archiveToWrite(positionals['archive'] ?? defaultOutput(crypt), context);
    const key = await resolveKey(options, context);
    const { runDecrypt } = await import('../../workflow/decrypt.ts');
    const result = await runDecrypt({
      crypt,
      archive,
      key,
      overwrite: options.overwrite,
      env: context.env,
      stdin: context.stdin,
      stdout: context.stdout,
      reporter: context.console,
      signal: context.signal,
    });
    context.console.summary({
      lines: [
        `Decrypted: ${result.archive}, ${formatBytes(result.bytes)} in ${formatDuration(result.milliseconds)}`,
      ],
      data: { command: 'decrypt', ...result },
    });
    return EXIT.done;
  },
};

function defaultOutput(crypt: string): string {
  if (crypt === '-') return '-';
  const plain = withoutSuffix(crypt, CRYPT_SUFFIX);
  if (plain !== null) return plain;
  const shown = redactArgument(crypt);
  throw new HoldfastError(
    'usage',
    `${shown} does not end in ${CRYPT_SUFFIX}, so there is no name for the plain archive.`,
    {
      hint: `Give one: holdfast decrypt ${shown} ARCHIVE`,
    },
  );
}
