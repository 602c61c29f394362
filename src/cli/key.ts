import { open } from 'node:fs/promises';
import { HoldfastError, messageOf } from '../core/errors.ts';
import type { CommandContext } from './commands/command.ts';
import type { OptionValues } from './options.ts';
import { askSecret } from './prompt.ts';

/** A key file holds 64 digits and perhaps a line break; more than this is some other file. */
const KEY_FILE_LIMIT_BYTES = 4096;

/**
 * The key that the options or the environment name, or undefined when there is none. What stands on the command line
 * goes before the environment.
 * @throws HoldfastError `usage` for two keys at once, a key that is none, or a file that cannot be read
 */
export async function resolveKey(
  options: OptionValues<'key' | 'key-file'>,
  context: CommandContext,
): Promise<Buffer | undefined> {
  if (options.key !== undefined && options['key-file'] !== undefined) {
    throw new HoldfastError(
      'usage',
      'Two keys are given: one by --key or HOLDFAST_KEY, one by --key-file or HOLDFAST_KEY_FILE.',
      {
        hint: 'Give one of them.',
      },
    );
  }
  const { parseKey } = await import('../crypt/key.ts');
  if (options.key === '-')
    return parseKey(await askSecret('Key (64 hex digits): ', context.stdin, context.stderr));
  if (options.key !== undefined) return parseKey(options.key);
  if (options['key-file'] !== undefined) return parseKeyFile(options['key-file'], parseKey);
  return undefined;
}

async function parseKeyFile(path: string, parseKey: (hex: string) => Buffer): Promise<Buffer> {
  const text = await readKeyFile(path);
  try {
    return parseKey(text);
  } catch (error) {
    throw new HoldfastError('usage', `Key file ${path}: ${messageOf(error)}`, {
      hint: 'A key file holds 64 hex digits. Make one with: holdfast keygen > FILE',
    });
  }
}

async function readKeyFile(path: string): Promise<string> {
  try {
    const file = await open(path);
    try {
      const buffer = Buffer.alloc(KEY_FILE_LIMIT_BYTES);
      const { bytesRead } = await file.read(buffer, 0, buffer.length, null);
      return buffer.toString('latin1', 0, bytesRead).trim();
    } finally {
      await file.close();
    }
  } catch (error) {
    throw new HoldfastError('usage', `Key file ${path} cannot be read: ${messageOf(error)}.`, {
      cause: error,
      hint: 'Check the path and its permissions.',
    });
  }
}
