import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { systemCodeOf } from '../core/errors.ts';
import { insideS3Folder } from '../location/s3-folder.ts';

/** The generated name of an archive: `<subject>-<UTC time>.zip`, with `.crypt` when it is encrypted. */
export function archiveName(subject: string, time: Date, encrypted: boolean): string {
  const safe =
    subject
      .replace(/[^A-Za-z0-9._-]+/g, '_')
      .replace(/^[.-]+/, '')
      .slice(0, 100) || 'backup';
  const utc = `${time.toISOString().slice(0, 19).replaceAll('-', '').replaceAll(':', '')}Z`;
  return `${safe}-${utc}.zip${encrypted ? '.crypt' : ''}`;
}

/** `archive` itself, or the generated name inside it when it is an existing directory, a bucket, or ends with a slash in one. */
export async function resolveArchivePath(archive: string, generatedName: string): Promise<string> {
  const inside = insideS3Folder(archive, generatedName);
  if (inside !== null) return inside;
  try {
    return (await stat(archive)).isDirectory() ? join(archive, generatedName) : archive;
  } catch (error) {
    // Who writes it tells what is wrong with it.
    if (systemCodeOf(error) !== undefined) return archive;
    throw error;
  }
}
