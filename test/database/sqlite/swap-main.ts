// node swap-main.ts STAGED DATABASE STEP: puts STAGED in the place of DATABASE, and is killed before the step of that number.
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { DatabaseSync } from 'node:sqlite';

const [staged = '', database = '', step = ''] = process.argv.slice(2);
let steps = 0;

function killBefore(owner: object, names: readonly string[]): void {
  const functions = owner as Record<string, (...args: unknown[]) => unknown>;
  for (const name of names) {
    const original = functions[name]!;
    functions[name] = function (this: unknown, ...args) {
      steps += 1;
      if (steps === Number(step)) process.kill(process.pid, 'SIGKILL');
      return original.apply(this, args);
    };
  }
}

killBefore(fs, ['linkSync', 'renameSync', 'rmSync']);
killBefore(fs.promises, ['rename', 'rm', 'open']);
killBefore(DatabaseSync.prototype, ['exec', 'prepare', 'close']);
syncBuiltinESMExports();

const { findPlace } = await import('../../../src/database/sqlite/target/place.ts');
const { swapIn } = await import('../../../src/database/sqlite/target/swap.ts');
const reporter = { phase: () => {}, progress: () => {}, warning: () => {}, detail: () => {} };
await swapIn(staged, await findPlace(database), reporter);
