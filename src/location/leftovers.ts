import { randomBytes } from 'node:crypto';
import type { Stats } from 'node:fs';
import { lstat, readdir, readFile, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { checksumLine } from '../core/checksum-line.ts';
import { messageOf } from '../core/errors.ts';
import { formatBytes, formatCount } from '../core/format.ts';
import { isOwnerGone, ownerTag } from '../core/owner-tag.ts';
import { printable } from '../core/printable.ts';
import type { Reporter } from '../core/reporter.ts';

/** Of the name it gets in the end: enough for people, and short enough for file systems whose names end at 143 bytes. */
const LONGEST_STEM_BYTES = 60;

/** In bytes, and more than any has: a name may take twice its length there. */
const LONGEST_CHECKSUM = 1024;
const DIGEST_DIGITS = 64;

const TEMPORARY = /^\.(.*)\.holdfast-([0-9a-f-]+)-[0-9a-f]{12}\.tmp$/s;

/** Where the file at `path` is written until it is whole: beside it, under a hidden name that tells whose it is. */
export function temporaryPath(path: string): string {
  const bytes = Buffer.from(basename(path)).subarray(0, LONGEST_STEM_BYTES);
  // As if more were to come: a character that is cut in the middle is left out.
  const stem = new TextDecoder().decode(bytes, { stream: true });
  const random = randomBytes(6).toString('hex');
  return join(dirname(path), `.${stem}.holdfast-${ownerTag()}-${random}.tmp`);
}

/** Where the checksum of the archive at `path` lies. */
export function checksumPath(path: string): string {
  return `${path}.sha256`;
}

/**
 * Removes the temporary files in a folder whose processes were killed, and tells of them. Those of other machines and
 * containers stay, as it cannot be seen whether they are being written, and so do those of other users. What cannot be
 * removed is told of; it hinders nothing.
 */
export async function removeLeftovers(folder: string, reporter: Reporter): Promise<void> {
  const removed: string[] = [];
  let bytes = 0;
  for (const name of await namesIn(folder)) {
    const [, stem = '', tag] = TEMPORARY.exec(name) ?? [];
    if (tag === undefined || !isOwnerGone(tag)) continue;
    const path = join(folder, name);
    try {
      const stats = await lstat(path);
      if (!isOwnFile(stats)) continue;
      await removeChecksumOf(join(folder, stem), stats.mtimeMs);
      await rm(path);
      removed.push(name);
      bytes += stats.size;
    } catch (error) {
      // Another process may have removed it first.
      if (await exists(path)) {
        reporter.warning(
          `What a backup that was killed left is not removed: ${printable(path)}: ${messageOf(error)}`,
        );
      }
    }
  }
  const [first, ...others] = removed;
  if (first === undefined) return;
  const more = others.length === 0 ? '' : ` and ${formatCount(others.length, 'more file')}`;
  reporter.warning(
    `Removed what a backup that was killed left: ${printable(first)}${more}, ${formatBytes(bytes)}`,
  );
}

/**
 * Removes the checksum of an archive that was written until `written` (milliseconds since 1970) and did not come to have its name: the
 * checksum gets its own right before. It would keep the name from the next archive.
 */
async function removeChecksumOf(path: string, written: number): Promise<void> {
  const checksum = checksumPath(path);
  const stats = await lstat(checksum).catch(() => null);
  if (!stats?.isFile() || stats.size > LONGEST_CHECKSUM || stats.mtimeMs < written || (await exists(path)))
    return;
  const text = await readFile(checksum, 'utf8');
  if (checksumLine(text.replace(/^\\/, '').slice(0, DIGEST_DIGITS), basename(path)) === text)
    await rm(checksum);
}

/** True for a regular file of this user's. */
function isOwnFile(stats: Stats): boolean {
  return stats.isFile() && stats.uid === (process.geteuid?.() ?? stats.uid);
}

async function namesIn(folder: string): Promise<string[]> {
  // A folder that may be written into but not listed, or that is not there, is for others to complain of.
  return readdir(folder).catch(() => []);
}

async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}
