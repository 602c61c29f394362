import { describe, expect, it } from 'vitest';
import type { JournalStore } from '../../src/core/journal-store.ts';

const TOKEN = '0123456789ab';
const OTHER = 'ba9876543210';
const REFUSED = { code: 'refused' };

export interface JournalStoreSubject {
  /** An empty store of its own for the test that runs now. */
  newStore(): Promise<JournalStore>;
  /** The same store, opened by its address. */
  reopen(store: JournalStore): Promise<JournalStore>;
  /** Puts something under the name of the journal with a token. */
  plant(store: JournalStore, token: string, bytes: Buffer): Promise<void>;
  /** The names of all that lies there. */
  names(store: JournalStore): Promise<string[]>;
}

/** What `storage.ts` promises of a place for journals. */
export function describeJournalStore(title: string, subject: JournalStoreSubject): void {
  describe(`${title} as a place for journals`, () => {
    it('keeps them until they are removed, and nothing else', async () => {
      const store = await subject.newStore();
      expect(await store.tokens()).toEqual([]);
      expect(await store.read(TOKEN)).toBeNull();
      await store.write(TOKEN, 'one');
      await store.write(OTHER, 'ünother');
      await store.write(TOKEN, 'one, later');
      const again = await subject.reopen(store);
      expect(again.address).toBe(store.address);
      expect(again.addressOf(TOKEN)).toBe(store.addressOf(TOKEN));
      expect((await again.tokens()).toSorted()).toEqual([TOKEN, OTHER]);
      expect(await again.read(TOKEN)).toEqual({ text: 'one, later', stranger: null });
      expect(await again.read(OTHER)).toEqual({ text: 'ünother', stranger: null });
      expect(await subject.names(store)).toHaveLength(2);
      await again.remove(TOKEN);
      await again.remove(TOKEN);
      expect(await store.tokens()).toEqual([OTHER]);
      expect(await store.read(TOKEN)).toBeNull();
      expect(await subject.names(store)).toHaveLength(1);
    });

    it('does not read what is larger than any journal, nor lists what has another name', async () => {
      const store = await subject.newStore();
      await subject.plant(store, TOKEN, Buffer.alloc((1 << 20) + 1, ' '));
      await subject.plant(store, '0123456789AB', Buffer.from('{}'));
      await subject.plant(store, `${OTHER}0`, Buffer.from('{}'));
      expect(await store.tokens()).toEqual([TOKEN]);
      expect(await store.read(TOKEN)).toEqual({ text: '', stranger: null });
      await subject.plant(store, TOKEN, Buffer.alloc(0));
      expect(await store.read(TOKEN)).toEqual({ text: '', stranger: null });
    });

    it('lets a journal be taken over as long as it is what it was', async () => {
      const store = await subject.newStore();
      await store.write(TOKEN, 'of one that is gone');
      await store.takeOver(TOKEN, 'of one that is gone', 'mine');
      expect(await store.read(TOKEN)).toMatchObject({ text: 'mine' });
      await expect(store.takeOver(TOKEN, 'of one that is gone', 'also mine')).rejects.toMatchObject(REFUSED);
      expect(await store.read(TOKEN)).toMatchObject({ text: 'mine' });
      await store.remove(TOKEN);
      await expect(store.takeOver(TOKEN, 'mine', 'also mine')).rejects.toMatchObject(REFUSED);
      expect(await subject.names(store)).toEqual([]);
    });
  });
}
