import type { Statement } from '../../../engine.ts';
import type { LockMode, Locks } from './table-locks.ts';

/** Statements that are run one behind the other, in the same session. */
export interface Task {
  readonly statements: Statement[];
  readonly locks: Locks;
  /** How much work it is likely to be. */
  readonly weight: number;
}

/**
 * Runs tasks side by side, those with much work first. Of two that lock the same table the one before is run first, and ends before
 * the other begins: they can never wait for each other.
 * @throws the first failure, when all that was on has ended
 */
export async function runTasks(
  tasks: readonly Task[],
  jobs: number,
  run: (task: Task) => Promise<void>,
): Promise<void> {
  const waiting = [...tasks];
  const running = new Map<Task, Promise<void>>();
  const failures: unknown[] = [];
  while (failures.length === 0) {
    const next = running.size < jobs ? takeNext(waiting, [...running.keys()]) : undefined;
    if (next !== undefined) {
      const work = run(next)
        .catch((error: unknown) => void failures.push(error))
        .finally(() => running.delete(next));
      running.set(next, work);
    } else if (running.size > 0) await Promise.race(running.values());
    else break;
  }
  await Promise.all(running.values());
  if (failures.length > 0) throw failures[0];
}

/** Takes the heaviest of those that nothing before them is in the way of. */
function takeNext(waiting: Task[], running: readonly Task[]): Task | undefined {
  const taken = new Map<string, LockMode>();
  for (const { locks } of running) addTo(taken, locks);
  let best: Task | undefined;
  for (const task of waiting) {
    if (isFree(taken, task.locks) && (best === undefined || task.weight > best.weight)) best = task;
    addTo(taken, task.locks);
  }
  if (best !== undefined) waiting.splice(waiting.indexOf(best), 1);
  return best;
}

function addTo(taken: Map<string, LockMode>, locks: Locks): void {
  for (const [key, mode] of locks) if (taken.get(key) !== 'exclusive') taken.set(key, mode);
}

function isFree(taken: Locks, locks: Locks): boolean {
  for (const [key, mode] of locks) {
    const other = taken.get(key);
    if (other !== undefined && (mode === 'exclusive' || other === 'exclusive')) return false;
  }
  return true;
}
