import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { makeBases } from '../archive/mutation/bases.ts';
import { judge, makeMutants } from '../archive/mutation/mutants.ts';
import { runVerifyOf } from '../archive/mutation/run-verify.ts';
import { builtExecutable } from '../support/executable.ts';
import { SEED } from '../support/seed.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

// `npm run damage-test` does this with thousands; test/archive/mutation.test.ts with thousands inside this process.
const COUNT = 120;

it(
  `verify refuses ${COUNT} changed archives and crypts with exit code 4 or 5`,
  { timeout: 300_000 },
  async () => {
    const folder = await temporaryFolder();
    const mutants = makeMutants(await makeBases(), SEED, COUNT);
    const wrong: string[] = [];
    const work = async (worker: number): Promise<void> => {
      const path = join(folder, String(worker));
      for (const { base, bytes, kind, number, expected } of mutants) {
        await writeFile(path, bytes);
        const { outcome, stderr } = await runVerifyOf(builtExecutable(), path, base.key);
        const verdict = judge(expected, outcome);
        if (verdict.startsWith('wrong'))
          wrong.push(`seed ${SEED}, number ${number}, ${base.name}, ${kind}: ${verdict}\n${stderr}`);
      }
    };
    await Promise.all([work(1), work(2)]);
    console.info(`seed ${SEED}`);
    expect(wrong).toEqual([]);
  },
);
