import { readdir, readFile } from 'node:fs/promises';

/** Linux tells the time of processes in hundredths of a second (USER_HZ). */
const TICKS_A_SECOND = 100;

interface ProcessTimes {
  readonly parent: number;
  readonly seconds: number;
}

/**
 * CPU seconds of a process and all below it so far, those that have ended included: a parent keeps the times of the children
 * that it has waited for (cutime and cstime of proc(5)), as a PostgreSQL server does for each of its connections.
 */
export async function cpuSecondsBelow(root: number): Promise<number> {
  const processes = new Map<number, ProcessTimes>();
  for (const entry of await readdir('/proc')) {
    const pid = Number(entry);
    const times = Number.isInteger(pid) ? await timesOf(pid) : undefined;
    if (times !== undefined) processes.set(pid, times);
  }
  const below = new Set([root]);
  // A child may have a lower number than its parent, once the numbers have begun anew.
  for (let size = 0; size !== below.size;) {
    size = below.size;
    for (const [pid, { parent }] of processes) if (below.has(parent)) below.add(pid);
  }
  return [...below].reduce((sum, pid) => sum + (processes.get(pid)?.seconds ?? 0), 0);
}

async function timesOf(pid: number): Promise<ProcessTimes | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => undefined);
  if (text === undefined) return undefined;
  const { parent, ticks, childTicks } = parseStat(text);
  return { parent, seconds: (ticks + childTicks) / TICKS_A_SECOND };
}

/** Of a line of /proc/PID/stat. The name may hold blanks and brackets itself: the fields begin after its last bracket. */
export function parseStat(text: string): { name: string; parent: number; ticks: number; childTicks: number } {
  const end = text.lastIndexOf(')');
  const fields = text
    .slice(end + 2)
    .split(' ')
    .map(Number);
  const field = (number: number): number => fields[number - 3] ?? 0;
  return {
    name: text.slice(text.indexOf('(') + 1, end),
    parent: field(4),
    ticks: field(14) + field(15),
    childTicks: field(16) + field(17),
  };
}
