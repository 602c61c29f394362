import { constants, openSync } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { HoldfastError, messageOf, systemCodeOf } from '../core/errors.ts';
import type { CommandContext } from './commands/command.ts';
import { pathFailure } from '../core/path-failure.ts';
import { redactArgument } from '../core/redact.ts';
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
      'Two keys are given, on the command line or in the environment: one by --key (HOLDFAST_KEY), one by --key-file (HOLDFAST_KEY_FILE).',
      {
        hint: 'Give one of them.',
      },
    );
  }
  const { parseKey } = await import('../crypt/key.ts');
  if (options.key === '-')
    return parseKey(await askSecret('Key (64 hex digits): ', context.stdin, context.stderr, context.signal));
  if (options.key !== undefined) return parseKey(options.key);
  if (options['key-file'] !== undefined) return parseKeyFile(options['key-file'], parseKey, context.signal);
  return undefined;
}

async function parseKeyFile(
  path: string,
  parseKey: (hex: string) => Buffer,
  signal: AbortSignal,
): Promise<Buffer> {
  const text = await readKeyFile(path, signal);
  try {
    return parseKey(text);
  } catch (error) {
    throw new HoldfastError('usage', `Key file ${redactArgument(path)}: ${messageOf(error)}`, {
      hint: 'A key file holds 64 hex digits. Make one with: holdfast keygen > FILE',
    });
  }
}

async function readKeyFile(path: string, signal: AbortSignal): Promise<string> {
  try {
    return decodeText(await readBeginning(path, signal)).trim();
  } catch (error) {
    signal.throwIfAborted();
    const shown = redactArgument(path);
    throw new HoldfastError('usage', `Key file ${shown} cannot be read: ${reasonOf(error)}.`, {
      // The system's own message repeats the path, which may be a key.
      ...(shown === path ? { cause: error } : {}),
      hint:
        shown === path
          ? 'Check the path and its permissions.'
          : '--key-file takes the path of a file that holds the key.',
    });
  }
}

/** The bytes of a file up to the limit. */
async function readBeginning(path: string, signal: AbortSignal): Promise<Buffer> {
  if ((await stat(path)).isFIFO()) return readPipe(path, signal);
  await using file = await open(path);
  const buffer = Buffer.alloc(KEY_FILE_LIMIT_BYTES);
  const { bytesRead } = await file.read(buffer, 0, buffer.length, null);
  return buffer.subarray(0, bytesRead);
}

/**
 * The same of a pipe, which may give them little by little, or never. It is not opened as a file is, which would wait
 * for a writer in a way that nothing can interrupt, not even the end of the process.
 */
async function readPipe(path: string, signal: AbortSignal): Promise<Buffer> {
  const { Socket } = await import('node:net');
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of new Socket({
    fd,
    readable: true,
    writable: false,
    signal,
  }) as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > KEY_FILE_LIMIT_BYTES) break;
  }
  return Buffer.concat(chunks);
}

/** Windows' shells and editors write UTF-16, or UTF-8 with a byte order mark (which `trim` takes away). */
function decodeText(bytes: Buffer): string {
  const isUtf16 = bytes[0] === 0xff && bytes[1] === 0xfe;
  return bytes.toString(isUtf16 ? 'utf16le' : 'utf8');
}

function reasonOf(error: unknown): string {
  switch (systemCodeOf(error)) {
    case 'ENOENT':
    case 'ENOTDIR':
      return 'it does not exist';
    case 'EISDIR':
      return 'it is a directory';
    default:
      return pathFailure(error)?.why ?? redactArgument(messageOf(error));
  }
}
