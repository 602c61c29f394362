import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { CommandContext } from '../../src/cli/commands/command.ts';
import { resolveKey } from '../../src/cli/key.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

it('says what is wrong with the path of a key file', async () => {
  const folder = await temporaryFolder();
  await symlink('loop', join(folder, 'loop'));
  const context = { signal: new AbortController().signal } as CommandContext;
  for (const [name, why] of [
    ['loop', 'its symlinks lead in a circle'],
    ['long '.repeat(60), 'too long'],
    ['missing', 'it does not exist'],
  ] as const) {
    await expect(
      resolveKey({ key: undefined, 'key-file': join(folder, name) }, context),
    ).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringContaining(why),
      hint: expect.any(String),
    });
  }
});
