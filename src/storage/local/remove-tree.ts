import { chmod, lstat, readdir, rmdir, unlink } from 'node:fs/promises';
import { HoldfastError } from '../../core/errors.ts';
import { printable } from '../../core/printable.ts';
import { attempt } from './attempt.ts';
import { type BytePath, fromBytes, toBytes } from './paths.ts';
import { isMissing } from './reason.ts';

/**
 * Removes a directory with all it holds, whatever the names and permissions; nothing when it does not exist.
 * @throws HoldfastError `failed` when something cannot be removed, or another file system is mounted in it
 */
export async function removeTree(directory: BytePath): Promise<void> {
  try {
    const { dev } = await lstat(toBytes(directory));
    await empty(directory, dev);
  } catch (error) {
    if (isMissing(error)) return;
    throw error;
  }
  await attempt('remove', directory, () => rmdir(toBytes(directory)));
}

async function empty(directory: BytePath, device: number): Promise<void> {
  if ((await lstat(toBytes(directory))).dev !== device) {
    throw new HoldfastError('failed', `cannot remove ${printable(toBytes(directory))}: it is a mount point`, {
      hint: 'Unmount it, then remove the directory above it by hand.',
    });
  }
  // Root needs no permission, and must not set modes where others may put a symlink in the way.
  // If this fails, so does the next call, which tells why.
  if (process.geteuid?.() !== 0) await chmod(toBytes(directory), 0o700).catch(() => {});
  const entries = await attempt('remove', directory, () =>
    readdir(toBytes(directory), { encoding: 'buffer', withFileTypes: true }),
  );
  for (const entry of entries) {
    const path = `${directory}/${fromBytes(entry.name)}`;
    if (entry.isDirectory()) await empty(path, device);
    await attempt('remove', path, () => (entry.isDirectory() ? rmdir(toBytes(path)) : unlink(toBytes(path))));
  }
}
