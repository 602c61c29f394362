import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { localStorage } from '../../src/storage/local/local.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { describeStorage } from './storage.ts';

describeStorage('a local directory', {
  storage: localStorage,
  newLocation: async () => join(await temporaryFolder(), 'uploads'),
  leftBeside: async (location) => (await readdir(dirname(location))).filter((name) => name !== 'uploads'),
  types: ['file', 'directory', 'symlink'],
});
