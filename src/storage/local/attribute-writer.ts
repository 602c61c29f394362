import { fchmodSync, fchownSync, futimesSync, lchownSync, lutimesSync } from 'node:fs';
import type { Reporter } from '../../core/reporter.ts';
import type { ItemAttributes } from '../../core/item-attributes.ts';
import type { Accounts } from './accounts.ts';
import { reasonOf } from './reason.ts';

const SET_ID_BITS = 0o6000;

/**
 * Gives restored files their attributes. Only root may give files away, so only root restores owners: to the user and
 * group of the same name where they exist, else to the same number. Set-user-ID and set-group-ID bits are restored
 * only along with owner and group: they would say something else on another's file.
 *
 * The calls are synchronous: on what was just made they change memory alone, and with tens of thousands of files the
 * way through Node's thread pool takes several times as long as the call.
 */
export class AttributeWriter {
  readonly #accounts: Accounts;
  readonly #reporter: Reporter;
  readonly #user = process.geteuid?.();
  readonly #group = process.getegid?.();
  #warned = false;

  constructor(accounts: Accounts, reporter: Reporter) {
    this.#accounts = accounts;
    this.#reporter = reporter;
  }

  /** Sets attributes on an open file or directory. `defaultMode` is for items that have none. */
  apply(descriptor: number, attributes: ItemAttributes, defaultMode: number): void {
    // First the owner: a change of it clears the set-user-ID bit.
    const owned = this.#setOwner(attributes, (uid, gid) => fchownSync(descriptor, uid, gid));
    const mode = attributes.mode ?? defaultMode;
    // Windows would take a mode without write permission for its read-only flag, and refuse to delete the file.
    if (process.platform !== 'win32') fchmodSync(descriptor, owned ? mode : mode & ~SET_ID_BITS);
    if (attributes.mtimeNs === undefined) return;
    futimesSync(descriptor, toSeconds(attributes.mtimeNs), toSeconds(attributes.mtimeNs));
  }

  /** Sets a symlink's own owner and time; its mode means nothing. */
  applyToLink(link: Buffer, attributes: ItemAttributes): void {
    this.#setOwner(attributes, (uid, gid) => lchownSync(link, uid, gid));
    if (attributes.mtimeNs === undefined) return;
    lutimesSync(link, toSeconds(attributes.mtimeNs), toSeconds(attributes.mtimeNs));
  }

  /** True when owner and group are the archived ones after it. */
  #setOwner(attributes: ItemAttributes, change: (uid: number, gid: number) => void): boolean {
    if (attributes.uid === undefined || attributes.gid === undefined) return false;
    if (this.#user !== 0) {
      const ours = attributes.uid === this.#user && attributes.gid === this.#group;
      if (!ours) this.#warn('only root may give files to other users');
      return ours;
    }
    const uid = this.#accounts.uidOf(attributes.owner ?? '') ?? attributes.uid;
    const gid = this.#accounts.gidOf(attributes.group ?? '') ?? attributes.gid;
    try {
      change(uid, gid);
      return true;
    } catch (error) {
      // File systems without owners, and containers in which that number stands for nobody, refuse.
      this.#warn(reasonOf(error));
      return false;
    }
  }

  #warn(reason: string): void {
    if (!this.#warned) this.#reporter.warning(`owners of files are not restored: ${reason}`);
    this.#warned = true;
  }
}

/**
 * A time as Node's functions take it: they make a double of it, which in this century leaves it up to 0.25 µs off.
 * A string, because a negative number would be taken for "now".
 */
function toSeconds(nanoseconds: bigint): string {
  return String(Number(nanoseconds) / 1e9);
}
