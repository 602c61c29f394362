import { basename, dirname, resolve } from 'node:path';
import { fileLineage } from '../../core/file-lineage.ts';
import type { Storage } from '../storage.ts';
import { openLocalJournalStore } from './journal-store.ts';
import { findPlace } from './place.ts';
import { concernsLocation, concernsOtherwise, openLocalRecovery } from './recovery.ts';
import { openLocalSource } from './source.ts';
import { openLocalTarget } from './target.ts';

const URL_SCHEME = /^[a-z][a-z0-9+.-]*:\/\//i;

/** Files in a directory of this machine. Every location without a URL scheme is one. */
export const localStorage: Storage = {
  kind: 'local',
  accepts: (location) => !URL_SCHEME.test(location),
  openSource: openLocalSource,
  openTarget: openLocalTarget,
  lineage: fileLineage,
  nameOf: (location) => basename(resolve(location)),
  async journalStores(location) {
    const { path } = await findPlace(location);
    return [path, dirname(path)].map(openLocalJournalStore);
  },
  openJournalStore: async (address) => openLocalJournalStore(address),
  concerns: concernsLocation,
  concernsOtherwise,
  openRecovery: openLocalRecovery,
};
