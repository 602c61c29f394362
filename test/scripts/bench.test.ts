import { mkdir, readdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { expect, it } from 'vitest';
import { neutralEnvironment } from '../support/neutral-environment.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { required, runTool, tool } from '../support/tools.ts';

const BENCH = join(import.meta.dirname, '..', '..', 'scripts', 'bench.ts');
const FIGURES = String.raw`\d+\.\d\d \| \d+\.\d \| \d+ \| \d+\.\d \| \d+\.\d\d \|`;

it('measures Holdfast against what is installed, tells what is not, and leaves nothing behind', async (context) => {
  const folder = await temporaryFolder();
  const programs = join(folder, 'programs');
  const scratch = join(folder, 'scratch');
  for (const each of [programs, scratch]) await mkdir(each);
  for (const name of ['time', 'bash', 'tar', 'zstd'])
    await symlink(required(context, await tool(name)), join(programs, name));

  const { stdout } = await runTool(
    process.execPath,
    [BENCH, '--scale', '0.001', '--rounds', '1', '--only', 'files/small'],
    { env: { ...neutralEnvironment(), PATH: programs, TMPDIR: scratch } },
  );

  const printed = stdout.toString();
  expect(printed).toMatch(new RegExp(String.raw`\`holdfast backup\` of 50 files of 4 KiB \| ${FIGURES}`));
  expect(printed).toMatch(new RegExp(String.raw`\`tar\`, \`zstd -3\` \| ${FIGURES}`));
  expect(printed).toMatch(/not measured: backup of 50 files of 4 KiB, to `zip -0`/);
  expect(printed).toMatch(/Not measured: `zip -0`: zip not installed: apt-get install zip/);
  expect(await readdir(scratch)).toEqual([]);
});
