import { type AddressInfo, createServer } from 'node:net';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
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

const ACCOUNT = { AWS_ACCESS_KEY_ID: 'key', AWS_SECRET_ACCESS_KEY: 'secret', AWS_REGION: 'us-east-1' };

it('lets V8 keep less garbage while much memory is held', { timeout: 120_000 }, async () => {
  const shim = join(await temporaryFolder(), 'shim.cjs');
  await writeFile(shim, GARBAGE);
  const env = { ...neutralEnvironment(), ...ACCOUNT, NODE_OPTIONS: `--require ${JSON.stringify(shim)}` };
  // A service that never answers.
  const service = createServer(() => undefined);
  await new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void service.close());
  const { port } = service.address() as AddressInfo;
  const archive = `s3://bucket/a.zip?endpoint=http://127.0.0.1:${port}`;
  const { stdout } = await runTool(builtExecutable(), ['verify', archive], { env });
  expect(stdout.toString()).toBe('');
});
