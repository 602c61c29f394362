import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '../core/errors.ts';
import { formatCount } from '../core/format.ts';
import { isOwnerGone, ownerTag } from '../core/owner-tag.ts';
import { printable } from '../core/printable.ts';
import type { Reporter } from '../core/reporter.ts';
import { stateFolder } from '../core/state-folder.ts';
import type { Bucket } from '../s3/bucket.ts';
import { s3Lineage } from '../s3/lineage.ts';
import type { S3Location } from '../s3/location.ts';

/**
 * The parts of an upload that was neither completed nor aborted are seen by nobody and cost money for ever. So that those of
 * a process that was killed are found, each upload has a record in the user's state directory while it is under way: a file
 * whose name tells the process. A backup can do without.
 */
export type Environment = Readonly<Record<string, string | undefined>>;

interface UploadRecord {
  /** The bucket and its service. */
  readonly place: string;
  readonly key: string;
  readonly id: string;
  /** The key of a checksum that is written before the archive is there; null where one that was there is replaced. */
  readonly checksum: string | null;
}

const NAME = /^([0-9a-f-]+)-[0-9a-f]{12}\.json$/;

/**
 * Keeps a record of an upload of this process.
 * @returns removes it again
 * @throws the file system's error
 */
export async function keepUploadRecord(
  env: Environment,
  location: S3Location,
  { id, checksum }: Pick<UploadRecord, 'id' | 'checksum'>,
): Promise<() => Promise<void>> {
  const folder = recordFolder(env);
  const record: UploadRecord = { place: await placeOf(location), key: location.key, id, checksum };
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, `${ownerTag()}-${randomBytes(6).toString('hex')}.json`);
  await writeFile(path, `${JSON.stringify(record)}\n`, { mode: 0o600, flag: 'wx' });
  return () => rm(path, { force: true });
}

/**
 * Aborts the uploads into a bucket whose processes were killed, as far as they are recorded here, and tells of them. What
 * cannot be aborted is told of; it hinders nothing. Records of other buckets wait for a backup that goes there, as this
 * one may have no credentials for them.
 */
export async function abortKilledUploads(
  bucket: Bucket,
  env: Environment,
  reporter: Reporter,
): Promise<void> {
  const folder = recordFolder(env);
  const place = await placeOf(bucket.location);
  const aborted: string[] = [];
  for (const name of await readdir(folder).catch(() => [])) {
    const tag = NAME.exec(name)?.[1];
    if (tag === undefined || !isOwnerGone(tag)) continue;
    const path = join(folder, name);
    const record = await readRecord(path);
    if (record === null) {
      // Its writer was killed in between.
      await rm(path, { force: true }).catch(() => undefined);
      continue;
    }
    if (record.place !== place) continue;
    try {
      await bucket.abortUpload(record);
      await removeLoneChecksum(bucket, record);
      await rm(path, { force: true });
      aborted.push(printable(bucket.urlOf(record.key)));
    } catch (error) {
      reporter.warning(
        `What a backup that was killed left is not removed: ${describeParts(bucket, record)}: ${messageOf(error)}`,
      );
    }
  }
  const [first, ...others] = aborted;
  if (first === undefined) return;
  const more = others.length === 0 ? '' : ` and ${formatCount(others.length, 'more upload')}`;
  reporter.warning(`Removed what a backup that was killed left: parts of ${first}${more}`);
}

/** It stands in the way of the next backup under that key. */
async function removeLoneChecksum(bucket: Bucket, { key, checksum }: UploadRecord): Promise<void> {
  if (checksum !== null && (await bucket.head(key)) === null) await bucket.remove([checksum]);
}

/** Parts that lie in a bucket, and how to remove them. */
export function describeParts(
  bucket: Bucket,
  { key, id }: { readonly key: string; readonly id: string },
): string {
  const { location } = bucket;
  const { endpoint, profile } = location;
  const command = [
    'aws s3api abort-multipart-upload',
    `--bucket ${quote(location.bucket)} --key ${quote(key)} --upload-id ${quote(id)}`,
    ...(endpoint === undefined ? [] : [`--endpoint-url ${quote(endpoint)}`]),
    ...(profile === undefined ? [] : [`--profile ${quote(profile)}`]),
  ];
  return `parts of ${printable(bucket.urlOf(key))} (mend: ${printable(command.join(' '))})`;
}

async function readRecord(path: string): Promise<UploadRecord | null> {
  try {
    const record = JSON.parse(await readFile(path, 'utf8')) as Partial<UploadRecord> | null;
    const texts = [record?.place, record?.key, record?.id, record?.checksum ?? ''];
    return texts.every((text) => typeof text === 'string') ? (record as UploadRecord) : null;
  } catch {
    return null;
  }
}

/** What identifies a bucket, with its service. */
async function placeOf(location: S3Location): Promise<string> {
  return (await s3Lineage({ ...location, key: '' })).join();
}

/** As a word of a shell's command line. */
function quote(word: string): string {
  return /^[\w./:=+-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}

function recordFolder(env: Environment): string {
  return join(stateFolder(env), 'uploads');
}
