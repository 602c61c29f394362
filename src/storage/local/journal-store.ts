import { constants } from 'node:fs';
import { type FileHandle, open, readdir, rename, rm } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { HoldfastError, messageOf, systemCodeOf } from '../../core/errors.ts';
import { isOwnerGone, isOwnerRunning, ownerTag } from '../../core/owner-tag.ts';
import {
  journalName,
  LARGEST_JOURNAL,
  takenOver,
  temporaryJournalName,
  temporaryOf,
  tokenOf,
} from '../../core/journal-names.ts';
import { printable } from '../../core/printable.ts';
import { syncFolder } from '../../core/sync-folder.ts';
import {
  type ClosedJournal,
  type JournalStore,
  type JournalText,
  UncertainWrite,
} from '../../core/journal-store.ts';
import { inodeOf } from './inodes.ts';

/** @throws HoldfastError `usage` for what is no absolute path: it comes from a file */
export function openLocalJournalStore(address: string): JournalStore {
  if (!isAbsolute(address) || address.includes('\0'))
    throw new HoldfastError('usage', `${printable(address)} is not the absolute path of a directory.`);
  return new LocalJournalStore(address);
}

/** Journals as files in a directory of this machine. */
class LocalJournalStore implements JournalStore {
  readonly address: string;
  readonly isShared = false;

  constructor(address: string) {
    this.address = address;
  }

  addressOf(token: string): string {
    return join(this.address, journalName(token));
  }

  async tokens(): Promise<string[]> {
    return (await this.#sweepHalfWritten()).flatMap((name) => tokenOf(name) ?? []);
  }

  async read(token: string): Promise<JournalText | ClosedJournal | null> {
    const path = this.addressOf(token);
    let handle: FileHandle;
    try {
      // A pipe would be waited for, and a link would lead anywhere.
      const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
      handle = await open(path, flags);
    } catch (error) {
      if (['ENOENT', 'ENOTDIR'].includes(systemCodeOf(error) ?? '')) return null;
      return {
        closed: `${printable(path)}, perhaps the journal of another user's restore, cannot be read: ${messageOf(error)}`,
      };
    }
    try {
      const { uid, size, isFile } = await stateOf(handle);
      const stranger = uid === (process.geteuid?.() ?? uid) ? null : uid;
      if (!isFile || size > LARGEST_JOURNAL) return { text: '', stranger };
      // Whoever owns it may make it longer now.
      const { buffer, bytesRead } = await handle.read({ buffer: Buffer.alloc(size + 1), position: 0 });
      return { text: buffer.toString('utf8', 0, bytesRead), stranger };
    } finally {
      await handle.close();
    }
  }

  write(token: string, text: string): Promise<void> {
    return this.#write(token, text, async () => {});
  }

  async takeOver(token: string, present: string, text: string): Promise<void> {
    // Each has its half-written journal there before it looks for those of others, and then looks at the journal itself again.
    await this.#write(token, text, async () => {
      for (const name of await this.#names()) {
        const temporary = temporaryOf(name);
        if (temporary?.token !== token || temporary.writer === ownerTag()) continue;
        if (isOwnerRunning(temporary.writer) === true) throw takenOver(this.addressOf(token));
      }
      const found = await this.read(token);
      if (found === null || !('text' in found) || found.text !== present)
        throw takenOver(this.addressOf(token));
    });
  }

  async remove(token: string): Promise<void> {
    await this.#sweepHalfWritten();
    await rm(this.addressOf(token), { force: true });
    await syncFolder(this.address);
  }

  async identity(): Promise<string | null> {
    return (await inodeOf(this.address))?.toString() ?? null;
  }

  /** @param mayWrite called at the last moment before the old text is replaced; what it throws is thrown */
  async #write(token: string, text: string, mayWrite: () => Promise<void>): Promise<void> {
    const path = this.addressOf(token);
    const temporary = join(this.address, temporaryJournalName(token));
    let isRenamed = false;
    try {
      const handle = await open(temporary, 'wx', 0o644);
      try {
        await handle.writeFile(text);
        await handle.sync();
        await handle.close();
        await mayWrite();
        await rename(temporary, path);
        isRenamed = true;
        await syncFolder(this.address);
      } finally {
        await handle.close();
      }
    } catch (cause) {
      // Where one of that name was there before, this process is at it already.
      if (systemCodeOf(cause) !== 'EEXIST') await rm(temporary, { force: true }).catch(() => {});
      if (cause instanceof HoldfastError) throw cause;
      const Failure = isRenamed ? UncertainWrite : HoldfastError;
      throw new Failure('failed', `Cannot write the journal ${printable(path)}: ${messageOf(cause)}.`, {
        cause,
      });
    }
  }

  /** Removes the half-written journals whose writers are gone. Returns the names of all that is there. */
  async #sweepHalfWritten(): Promise<string[]> {
    const names = await this.#names();
    for (const name of names) {
      const temporary = temporaryOf(name);
      if (temporary !== null && isOwnerGone(temporary.writer))
        await rm(join(this.address, name), { force: true }).catch(() => {});
    }
    return names;
  }

  async #names(): Promise<string[]> {
    try {
      return await readdir(this.address);
    } catch (error) {
      // What is not there, or may not be looked into, is for preflight to tell.
      if (['ENOENT', 'ENOTDIR', 'EACCES'].includes(systemCodeOf(error) ?? '')) return [];
      throw error;
    }
  }
}

async function stateOf(handle: FileHandle): Promise<{ uid: number; size: number; isFile: boolean }> {
  const stats = await handle.stat();
  return { uid: stats.uid, size: stats.size, isFile: stats.isFile() };
}
