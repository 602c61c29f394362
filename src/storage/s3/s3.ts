import { isS3Location } from '../../s3/location.ts';
import { s3Lineage } from '../../s3/lineage.ts';
import type { Storage } from '../storage.ts';
import { nameOfPlace, parsePlace } from './place.ts';

/**
 * The objects below a prefix of a bucket. What talks to the service is loaded only when something is asked of it: every
 * location is held against this storage first.
 */
export const s3Storage: Storage = {
  kind: 's3',
  accepts: isS3Location,
  openSource: async (options) => (await import('./source.ts')).openS3Source(options),
  openTarget: async (options) => (await import('./target.ts')).openS3Target(options),
  lineage: async (location) => s3Lineage(parsePlace(location)),
  nameOf: (location) => nameOfPlace(parsePlace(location)),
  journalStores: async (location, options) => [
    await (await import('./journal-store.ts')).openS3JournalStore(location, options),
  ],
  openJournalStore: async (address, options) =>
    (await import('./journal-store.ts')).openS3JournalStore(address, options),
  concerns: async (record, location) => (await import('./recovery.ts')).concernsS3Location(record, location),
  // A journal lies at the root of the prefix that its restore goes to.
  concernsOtherwise: async () => true,
  openRecovery: async (record, options) => (await import('./recovery.ts')).openS3Recovery(record, options),
};
