import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { expect, it } from 'vitest';
import { HoldfastError } from '../../src/core/errors.ts';
import { runVerify } from '../../src/workflow/verify.ts';
import { recordingReporter } from '../support/recording-reporter.ts';
import { SEED } from '../support/seed.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { makeBases } from './mutation/bases.ts';
import { isHarmless } from './mutation/harmless.ts';
import { judge, makeMutants } from './mutation/mutants.ts';

const COUNT = 3000;
/** Far above what any of them takes. */
const HANG_MILLISECONDS = 10_000;

/** How `verify` takes the file: `passed`, the code of the error it throws, or what else happened. */
async function verify(path: string, key: string | null): Promise<string> {
  const ended = runVerify({
    archive: path,
    key: key === null ? undefined : Buffer.from(key, 'hex'),
    quick: false,
    against: null,
    env: {},
    stdin: Readable.from([]),
    reporter: recordingReporter(),
    signal: new AbortController().signal,
  }).then(
    () => 'passed',
    (error: unknown) => (error instanceof HoldfastError ? error.code : `threw ${String(error)}`),
  );
  let timer: NodeJS.Timeout | undefined;
  const hung = new Promise<string>((resolve) => {
    timer = setTimeout(resolve, HANG_MILLISECONDS, 'hung');
  });
  return Promise.race([ended, hung]).finally(() => clearTimeout(timer));
}

it(
  `refuses ${COUNT} changed archives and crypts, unless they are the same or another sound archive`,
  { timeout: 300_000 },
  async () => {
    const bases = await makeBases();
    const path = join(await temporaryFolder(), 'changed');
    const wrong: string[] = [];
    const table = new Map<string, number>();
    for (const base of bases) {
      await writeFile(path, base.bytes);
      expect(await verify(path, base.key)).toBe('passed');
      expect(isHarmless(base, base.bytes)).toBe(true);
    }
    for (const mutant of makeMutants(bases, SEED, COUNT)) {
      await writeFile(path, mutant.bytes);
      const verdict = judge(mutant.expected, await verify(path, mutant.base.key));
      table.set(verdict, (table.get(verdict) ?? 0) + 1);
      if (verdict.startsWith('wrong'))
        wrong.push(`seed ${SEED}, number ${mutant.number}, ${mutant.base.name}, ${mutant.kind}: ${verdict}`);
    }
    console.info(`seed ${SEED}: ${[...table].map(([verdict, count]) => `${count} ${verdict}`).join(', ')}`);
    expect(wrong).toEqual([]);
    expect(table.get('damaged')).toBeGreaterThan(COUNT / 2);
    expect(table.get('another sound archive')).toBeGreaterThan(0);
  },
);
