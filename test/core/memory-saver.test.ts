import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { builtExecutable } from '../support/executable.ts';
import { neutralEnvironment } from '../support/neutral-environment.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { runTool } from '../support/tools.ts';

/** Holds much, and makes objects that get old before they become garbage; looks at the most that the heap takes for them. */
const GARBAGE = `
  const MIB = 2 ** 20;
  const held = Buffer.alloc(256 * MIB, 1);
  const kept = [];
  let peak = 0;
  let rounds = 0;
  const round = () => {
    kept.push(Array.from({ length: 10_000 }, (_, number) => ({ number })));
    if (kept.length > 40) kept.shift();
    peak = Math.max(peak, process.memoryUsage().heapTotal);
    rounds += 1;
    if (rounds % 100 === 0) {
      // At some time: V8 is told while this runs. Before its first collections there is little yet.
      if (rounds > 100 && peak < 60 * MIB) process.exit(0);
      peak = 0;
    }
    if (rounds === 4000) process.exit(held.length > 0 ? 1 : 2);
    setImmediate(round);
  };
  round();
`;

it('lets V8 keep less garbage while much memory is held', { timeout: 120_000 }, async () => {
  const shim = join(await temporaryFolder(), 'shim.cjs');
  await writeFile(shim, GARBAGE);
  const env = { ...neutralEnvironment(), NODE_OPTIONS: `--require ${JSON.stringify(shim)}` };
  // It waits for an archive that never comes.
  const { stdout } = await runTool(builtExecutable(), ['verify', '-'], { env });
  expect(stdout.toString()).toBe('');
});
