import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { builtExecutable } from '../support/executable.ts';
import { neutralEnvironment } from '../support/neutral-environment.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { runTool } from '../support/tools.ts';

it('keeps little memory for young objects', async () => {
  const shim = join(await temporaryFolder(), 'shim.cjs');
  await writeFile(shim, `process.on('exit', () => process.stdout.write(JSON.stringify(process.execArgv)));`);
  const env = { ...neutralEnvironment(), NODE_OPTIONS: `--require ${JSON.stringify(shim)}` };
  const { stdout } = await runTool(builtExecutable(), ['--version'], { env });
  expect(stdout.toString()).toMatch(/"--max-semi-space-size=4"/);
});
