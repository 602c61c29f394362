import { dirname } from 'node:path';
import type { Storage } from '../storage.ts';
import { findPlace } from './place.ts';
import { concernsLocation, openLocalRecovery } from './recovery.ts';
import { openLocalSource } from './source.ts';
import { openLocalTarget } from './target.ts';

const URL_SCHEME = /^[a-z][a-z0-9+.-]*:\/\//i;

/** Files in a directory of this machine. Every location without a URL scheme is one. */
export const localStorage: Storage = {
  kind: 'local',
  accepts: (location) => !URL_SCHEME.test(location),
  openSource: openLocalSource,
  openTarget: openLocalTarget,
  async journalDirectories(location) {
    const { path } = await findPlace(location);
    return [path, dirname(path)];
  },
  concerns: concernsLocation,
  openRecovery: openLocalRecovery,
};
