import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, readdir, readlink } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Fingerprint } from './database-fingerprint.ts';

/**
 * Reads all that a folder holds: the type, permissions and time of last change (milliseconds) of every path, the
 * SHA-256 of every file, the target of every link, the folder itself among them.
 */
export async function folderFingerprint(folder: string): Promise<Fingerprint> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.map((entry) => join(entry.parentPath, entry.name)).toSorted();
  const found = new Map<string, string>([['path .', await state(folder)]]);
  for (const path of paths) found.set(`path ${relative(folder, path)}`, await state(path));
  return found;
}

async function state(path: string): Promise<string> {
  const stats = await lstat(path);
  const time = new Date(Math.round(stats.mtimeMs)).toISOString();
  // The permissions of a link mean nothing.
  if (stats.isSymbolicLink()) return `link to ${await readlink(path)}, ${time}`;
  const mode = (stats.mode & 0o7777).toString(8);
  if (stats.isDirectory()) return `folder ${mode}, ${time}`;
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return `file ${mode}, ${time}, ${stats.size} bytes, SHA-256 ${hash.digest('hex')}`;
}
