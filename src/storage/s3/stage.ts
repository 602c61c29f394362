import { hash } from 'node:crypto';
import type { Bucket } from '../../s3/bucket.ts';

/** S3's limit for a key, in bytes. */
export const MOST_KEY_BYTES = 1024;

/**
 * The keys that one restore makes. All of them lie below the prefix that it restores into, for a policy may be limited to that, and
 * a whole bucket has no beside. Objects there have numbers, so that a key may be as long as the service allows.
 */
export class Stage {
  /** What the content's keys begin with. */
  readonly prefix: string;
  /** What those of the restore begin with. */
  readonly root: string;
  /** What is restored, and its inventory. */
  readonly restored: string;
  readonly restoredInventory: string;
  /** Copies of what was there, and their inventory: present once all of them are. */
  readonly old: string;
  readonly oldInventory: string;
  /** Present once the swap is complete: the ETags that differ from those in the inventory of what is restored. */
  readonly swapped: string;
  /** For what users wrote while a restore that is undone was in place. */
  readonly kept: string;

  constructor(prefix: string, token: string) {
    this.prefix = prefix;
    this.root = `${prefix}.holdfast-${token}/`;
    this.restored = `${this.root}new/`;
    this.restoredInventory = `${this.root}new.jsonl`;
    this.old = `${this.root}old/`;
    this.oldInventory = `${this.root}old.jsonl`;
    this.swapped = `${this.root}swapped.jsonl`;
    this.kept = `${prefix}.holdfast-kept-${token}/`;
  }

  /**
   * A key that is free for a user's object of that path among what is kept.
   * @param taken those that were given out before, to which it is added
   */
  async keptKey(path: string, bucket: Bucket, taken: Set<string>): Promise<string> {
    for (let number = 1; ; number += 1) {
      const suffix = number === 1 ? '' : `-${number}`;
      const named = `${this.kept}${path}${suffix}`;
      const key =
        Buffer.byteLength(named) > MOST_KEY_BYTES
          ? `${this.kept}long-name-${hash('sha256', path).slice(0, 16)}${suffix}`
          : named;
      if (taken.has(key)) continue;
      taken.add(key);
      if ((await bucket.head(key)) === null) return key;
    }
  }
}
