import { existsSync } from 'node:fs';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryFolder } from './temporary-folder.ts';
import { runTool, tool } from './tools.ts';

let folderOfFirstTest: string;

it('gives an empty folder', async () => {
  folderOfFirstTest = await temporaryFolder();
  await mkdir(join(folderOfFirstTest, 'read-only'));
  await writeFile(join(folderOfFirstTest, 'read-only', 'file'), '');
  await chmod(join(folderOfFirstTest, 'read-only'), 0o500);
  expect(existsSync(folderOfFirstTest)).toBe(true);
});

it('has removed the folder of the test before', () => {
  expect(existsSync(folderOfFirstTest)).toBe(false);
});

it('finds a program or says why not', async () => {
  const { value } = (await tool('sh')) as { value: string };
  expect((await runTool(value, ['-c', 'printf found'])).stdout.toString()).toBe('found');
  expect(await tool('no-such-program')).toEqual({ reason: 'no-such-program is not installed' });
});
