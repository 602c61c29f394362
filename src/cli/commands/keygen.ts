import { EXIT } from '../exit-codes.ts';
import type { Command } from './command.ts';

export const keygen: Command<never> = {
  usage: 'keygen',
  summary: 'Print a new AES-256 key as 64 hex digits',
  positionals: {},
  examples: [['keygen > holdfast.key', 'a key file; keep a copy where the backups are not']],
  options: [],
  async run(_input, { stdout }) {
    const { generateKey } = await import('../../crypt/key.ts');
    stdout.write(`${generateKey()}\n`);
    return EXIT.done;
  },
};
