import { expect, it } from 'vitest';
import { mountPointsBelow } from '../../../src/storage/local/mount-points.ts';

it('does not count a directory among the mount points below it', async () => {
  expect(await mountPointsBelow('/')).not.toContain('/');
});
