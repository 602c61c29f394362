import { createHash } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/** What tells one process of one machine from all others, also when its number is given again or the machine was restarted. */
export interface ProcessIdentity {
  /** The machine's name, for people. */
  readonly host: string;
  /** The machine, as 12 hex digits. One that has no identifier of its own is another one after a restart. */
  readonly machine: string;
  /**
   * One run of that machine as 6 hex digits, and the container in it as 6 more (more exactly: the PID namespace, in which
   * process numbers hold). Empty where the system does not tell.
   */
  readonly boot: string;
  readonly pid: number;
  /** When the process began, as the system counts it; empty where it does not tell. */
  readonly began: string;
}

const BOOT_DIGITS = 6;

/** The process that calls. */
export function thisProcess(): ProcessIdentity {
  const host = hostname();
  const run = readText('/proc/sys/kernel/random/boot_id');
  const namespace = unlessMissing(() => readlinkSync('/proc/self/ns/pid'));
  // Containers often have no identifier, and any host may have given them its name. machine-id(5) asks not to show it.
  const id = readText('/etc/machine-id') || readText('/var/lib/dbus/machine-id') || run;
  return {
    host,
    machine: digest(`${id} ${host}`).slice(0, 12),
    boot:
      run === '' || namespace === ''
        ? ''
        : digest(run).slice(0, BOOT_DIGITS) + digest(namespace).slice(0, BOOT_DIGITS),
    pid: process.pid,
    began: statusOf(process.pid)?.began ?? '',
  };
}

/** True for a process of another machine, or of another container of this one: nothing can be known here of either. */
export function isForeign({ machine, boot }: Pick<ProcessIdentity, 'machine' | 'boot'>): boolean {
  const here = thisProcess();
  if (machine !== here.machine) return true;
  const isSameRun = boot.slice(0, BOOT_DIGITS) === here.boot.slice(0, BOOT_DIGITS);
  return isSameRun && boot !== here.boot;
}

/** True while a process that is not foreign runs. Where the system tells no more, its number alone decides. */
export function isRunning({ boot, pid, began }: Pick<ProcessIdentity, 'boot' | 'pid' | 'began'>): boolean {
  if (boot !== thisProcess().boot) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it runs, as another user.
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  // A number is given again after a while; and /proc may hide the processes of other users.
  const status = statusOf(pid);
  return status === undefined || began === '' || (!status.isDead && status.began === began);
}

interface ProcessStatus {
  /** Dead, and only waits to be collected. */
  readonly isDead: boolean;
  /** In clock ticks since the machine did. */
  readonly began: string;
}

/**
 * What the system tells of a process of this namespace. Source: proc(5), /proc/pid/stat, fields 3 and 22, counted behind
 * the name in parentheses, which may hold anything.
 */
function statusOf(pid: number): ProcessStatus | undefined {
  // A /proc that was mounted for another PID namespace counts other processes.
  if (unlessMissing(() => readlinkSync('/proc/self')) !== String(process.pid)) return undefined;
  const stat = readText(`/proc/${pid}/stat`);
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const began = fields[19];
  return began === undefined ? undefined : { isDead: ['Z', 'X'].includes(fields[0] ?? ''), began };
}

function digest(text: string): string {
  return createHash('sha256').update(`holdfast ${text}`).digest('hex');
}

function readText(path: string): string {
  return unlessMissing(() => readFileSync(path, 'latin1').trim());
}

function unlessMissing(read: () => string): string {
  try {
    return read();
  } catch {
    return '';
  }
}
