import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { readExactly } from '../../src/core/byte-source.ts';
import { openFileSource } from '../../src/location/file-source.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

it('readExactly gives all that was asked for, or says where the source ends', async () => {
  const path = join(await temporaryFolder(), 'ten');
  await writeFile(path, '0123456789');
  const source = await openFileSource(path);
  onTestFinished(() => source.close());
  expect((await readExactly(source, 3, 7)).toString()).toBe('3456789');
  await expect(readExactly(source, 3, 8)).rejects.toMatchObject({
    code: 'damaged',
    message: `${path} ends at byte 10; it should have 11 or more.`,
  });
});
