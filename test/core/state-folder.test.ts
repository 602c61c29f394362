import { join } from 'node:path';
import { expect, it } from 'vitest';
import { stateFolder } from '../../src/core/state-folder.ts';

it.skipIf(process.platform === 'win32')(
  'is where the environment says, unless that is a relative path',
  () => {
    const HOME = '/home/ann';
    expect(stateFolder({ HOME, XDG_STATE_HOME: '/var/state' })).toBe('/var/state/holdfast');
    for (const XDG_STATE_HOME of ['st', './st', '../st', ''])
      expect(stateFolder({ HOME, XDG_STATE_HOME })).toBe(join(HOME, '.local/state/holdfast'));
  },
);
