import { cp, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Fingerprint } from '../../scripts/demo/database-fingerprint.ts';
import { folderFingerprint } from '../../scripts/demo/folder-fingerprint.ts';
import type { S3Server } from '../servers/s3.ts';
import { keysBelow } from '../storage/s3/prefix.ts';
import { copyObjects, moveIntoBucket, objectsFingerprint, ownNamesIn } from './objects.ts';

/** The application's storages. */
export const STORAGES = ['uploads', 'media'] as const;

/** Which of them lie in a bucket, and on which service; the others are directories. */
export interface Placement {
  readonly s3: S3Server;
  readonly inBucket: readonly (typeof STORAGES)[number][];
}

/** Where the storages of one copy of the application lie: in a folder, each a directory, or in a bucket, each a prefix. */
export class Places {
  readonly folder: string;
  readonly bucket: string;
  readonly #placement: Placement | null;

  private constructor(folder: string, bucket: string, placement: Placement | null) {
    this.folder = folder;
    this.bucket = bucket;
    this.#placement = placement;
  }

  /** Where nothing lies yet; makes the bucket where one is needed. */
  static async in(folder: string, placement: Placement | null): Promise<Places> {
    return new Places(folder, placement === null ? '' : await placement.s3.newBucket(), placement);
  }

  /** The service is the one in the environment of whoever gets these options. */
  options(): string[] {
    return STORAGES.flatMap((name) => ['--storage', `${name}=${this.locationOf(name)}`]);
  }

  locationOf(name: (typeof STORAGES)[number]): string {
    return this.#isInBucket(name) ? `s3://${this.bucket}/${name}?path-style=true` : join(this.folder, name);
  }

  /**
   * Moves into the bucket what was made in the folder and belongs there.
   * @param state what the objects' attributes tell
   */
  async moveIntoBucket(state: string): Promise<void> {
    for (const name of this.#placement?.inBucket ?? []) {
      await moveIntoBucket(this.#placement!.s3, join(this.folder, name), this.bucket, `${name}/`, state);
      await rm(join(this.folder, name), { recursive: true });
    }
  }

  async copyFrom(other: Places): Promise<void> {
    await cp(other.folder, this.folder, { recursive: true, preserveTimestamps: true });
    if (this.#placement !== null) await copyObjects(this.#placement.s3, other.bucket, this.bucket);
  }

  async fingerprint(): Promise<Fingerprint> {
    const files = withoutTimesOfRoots(await folderFingerprint(this.folder));
    if (this.#placement === null) return files;
    return new Map([...files, ...(await objectsFingerprint(this.#placement.s3, this.bucket))]);
  }

  async isEmpty(): Promise<boolean> {
    if ((await readdir(this.folder)).length > 0) return false;
    return this.#placement === null || (await objectsFingerprint(this.#placement.s3, this.bucket)).size === 0;
  }

  /** What holdfast made in the bucket and did not remove; what it left in the folder is found with the run's other files. */
  async leftovers(): Promise<string[]> {
    return this.#placement === null ? [] : ownNamesIn(this.#placement.s3, this.bucket);
  }

  async hasObject(key: string): Promise<boolean> {
    return this.#placement !== null && (await keysBelow(this.#placement.s3, this.bucket, key)).includes(key);
  }

  #isInBucket(name: (typeof STORAGES)[number]): boolean {
    return this.#placement?.inBucket.includes(name) ?? false;
  }
}

/** The folder that holds the storages changes whenever something is made beside them, and they themselves get new times. */
function withoutTimesOfRoots(fingerprint: Fingerprint): Fingerprint {
  const roots = STORAGES.map((name) => `path ${name}`);
  return new Map(
    [...fingerprint]
      .filter(([path]) => path !== 'path .')
      .map(([path, state]) => [path, roots.includes(path) ? state.replace(/,.*/, '') : state]),
  );
}
