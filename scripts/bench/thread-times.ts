import { readdirSync, readFileSync } from 'node:fs';
import { parseStat } from './server-cpu.ts';

/** CPU seconds of the threads of one process, by what they do. */
export interface ThreadTimes {
  readonly main: number;
  /** libuv's, which compress, hash and encrypt, and other threads of our own. */
  readonly pool: number;
  /** V8's, which collect garbage and compile. */
  readonly v8: number;
}

const LOOK_MILLISECONDS = 20;
const TICKS_A_SECOND = 100;

/**
 * Watches the threads of the only child of a process until told to stop. A thread's time is read every few milliseconds, and
 * what it took after the last look is not known.
 */
export function watchThreads(parent: number): () => ThreadTimes {
  const ticks = new Map<number, { name: string; ticks: number }>();
  let program: number | undefined;
  const look = (): void => {
    try {
      program ??=
        Number(readFileSync(`/proc/${parent}/task/${parent}/children`, 'latin1').trim()) || undefined;
      if (program === undefined) return;
      for (const thread of readdirSync(`/proc/${program}/task`)) {
        const stat = parseStat(readFileSync(`/proc/${program}/task/${thread}/stat`, 'latin1'));
        ticks.set(Number(thread), stat);
      }
    } catch {
      // A thread or the whole program ended between two reads.
    }
  };
  const timer = setInterval(look, LOOK_MILLISECONDS);
  return () => {
    clearInterval(timer);
    const seconds = (wanted: (thread: number, name: string) => boolean): number =>
      [...ticks].reduce((sum, [thread, of]) => sum + (wanted(thread, of.name) ? of.ticks : 0), 0) /
      TICKS_A_SECOND;
    const isV8 = (name: string): boolean => /V8/i.test(name);
    return {
      main: seconds((thread) => thread === program),
      pool: seconds((thread, name) => thread !== program && !isV8(name)),
      v8: seconds((thread, name) => thread !== program && isV8(name)),
    };
  };
}
