import { EXIT } from '../exit-codes.ts';
import { writeText } from '../output.ts';
import type { Command } from './command.ts';

export const keygen: Command<never> = {
  usage: 'keygen',
  summary: 'Print a new AES-256 key as 64 hex digits',
  positionals: {},
  examples: [['keygen > holdfast.key', 'a key file; keep a copy where the backups are not']],
  options: [],
  async run(_input, { stdout, console }) {
    const { generateKey } = await import('../../crypt/key.ts');
    await writeText(stdout, `${generateKey()}\n`);
    console.summary({ lines: [], data: { command: 'keygen' } });
    return EXIT.done;
  },
};
