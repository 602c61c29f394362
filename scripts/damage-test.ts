import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { makeBases } from '../test/archive/mutation/bases.ts';
import { judge, makeMutants, type Mutant } from '../test/archive/mutation/mutants.ts';
import { runVerifyOf } from '../test/archive/mutation/run-verify.ts';
import { builtExecutable } from '../test/support/executable.ts';

// npm run damage-test: the built executable's `verify` on thousands of changed archives and crypts. Each must be refused with
// exit code 4 or 5, unless it still holds the same or is another sound archive; none may crash, hang or take much memory.
//   node scripts/damage-test.ts [--seed N] [--count N]

const { values } = parseArgs({ options: { seed: { type: 'string' }, count: { type: 'string' } } });
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));
const count = Number(values.count ?? 3000);
const executable = builtExecutable();
const folder = await mkdtemp(join(tmpdir(), 'holdfast-damage-'));
const kept = join(folder, 'wrong');
const table = new Map<string, Map<string, number>>();
const wrong: string[] = [];
let peakBytes = 0;

process.stdout.write(`seed ${seed}, ${count} mutants\n`);
const started = Date.now();
const bases = await makeBases();
const mutants = makeMutants(bases, seed, count);
await Promise.all(Array.from({ length: Math.min(2, availableParallelism()) }, (_, worker) => work(worker)));
printTable();
process.stdout.write(
  `${count} mutants in ${((Date.now() - started) / 1000).toFixed(0)} s, seed ${seed}, ` +
    `most memory of a process: ${peakBytes === 0 ? 'unknown here' : `${(peakBytes / 1e6).toFixed(0)} MB`}\n`,
);
for (const line of wrong) process.stdout.write(`WRONG: ${line}\n`);
if (wrong.length === 0) await rm(folder, { recursive: true });
else process.stdout.write(`The files are in ${kept}; --seed ${seed} --count ${count} makes them again.\n`);
process.exitCode = wrong.length === 0 ? 0 : 1;

async function work(worker: number): Promise<void> {
  const path = join(folder, `mutant-${worker}`);
  for (const mutant of mutants) {
    await writeFile(path, mutant.bytes);
    const { outcome, stderr, peakBytes: peak } = await runVerifyOf(executable, path, mutant.base.key);
    peakBytes = Math.max(peakBytes, peak);
    await note(mutant, judge(mutant.expected, outcome), stderr);
  }
}

async function note({ kind, base, number, bytes }: Mutant, verdict: string, stderr: string): Promise<void> {
  const isWrong = verdict.startsWith('wrong');
  const row = table.get(kind) ?? new Map<string, number>();
  table.set(kind, row);
  const column = isWrong ? 'wrong' : verdict;
  row.set(column, (row.get(column) ?? 0) + 1);
  if (!isWrong) return;
  wrong.push(`number ${number}, ${base.name}, ${kind}: ${verdict}\n${stderr}`);
  await mkdir(kept, { recursive: true });
  await writeFile(join(kept, String(number)), bytes);
}

function printTable(): void {
  const columns = ['damaged', 'key', 'same', 'another sound archive', 'wrong'];
  const titles = ['exit 4', 'exit 5', 'passed: same', 'passed: another', 'WRONG'];
  const width = Math.max(...[...table.keys()].map((kind) => kind.length));
  const line = (first: string, cells: readonly (string | number)[]): void => {
    const rest = cells.map((cell, index) => String(cell).padStart((titles[index]?.length ?? 0) + 2));
    process.stdout.write(`${first.padEnd(width)}${rest.join('')}\n`);
  };
  line('mutation', titles);
  for (const [kind, row] of table)
    line(
      kind,
      columns.map((column) => row.get(column) ?? 0),
    );
  line(
    'all',
    columns.map((column) => [...table.values()].reduce((sum, row) => sum + (row.get(column) ?? 0), 0)),
  );
}
