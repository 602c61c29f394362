import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

/** What of Node's file system functions changes something; syncing does not. */
const CHANGES = {
  promises: ['rename', 'mkdir', 'rmdir', 'unlink', 'symlink', 'chmod'],
  sync: ['openSync', 'writeSync', 'fchmodSync', 'fchownSync', 'futimesSync', 'lchownSync', 'lutimesSync'],
} as const;

type Functions = Record<string, (...args: unknown[]) => unknown>;

/**
 * Does some work up to its n-th call that changes the file system, counted from 1, and calls `crash` instead of it and of
 * all later ones. The result is false when the work came to its end before.
 */
export async function upTo(n: number, crash: () => void, work: () => Promise<void>): Promise<boolean> {
  let calls = 0;
  const restore = [
    ...replace(fs.promises as unknown as Functions, CHANGES.promises, count),
    ...replace(fs as unknown as Functions, CHANGES.sync, count),
  ];
  syncBuiltinESMExports();
  try {
    await work();
    if (calls >= n) throw new Error('the work went on after it was cut off');
    return false;
  } catch (error) {
    if (calls < n) throw error;
    return true;
  } finally {
    for (const undo of restore) undo();
    syncBuiltinESMExports();
  }

  function count(): void {
    calls += 1;
    if (calls >= n) crash();
  }
}

/** As if the process were killed at that call, but within this one. */
export function cutOffAt(n: number, work: () => Promise<void>): Promise<boolean> {
  return upTo(
    n,
    () => {
      throw new Error('cut off');
    },
    work,
  );
}

function replace(functions: Functions, names: readonly string[], before: () => void): (() => void)[] {
  return names.map((name) => {
    const original = functions[name] as (...args: unknown[]) => unknown;
    // An asynchronous function, where the original is one, so that what is thrown comes as a rejection.
    functions[name] = name.endsWith('Sync')
      ? (...args) => (before(), original(...args))
      : async (...args) => (before(), original(...args));
    return () => {
      functions[name] = original;
    };
  });
}
