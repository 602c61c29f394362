import { isForeign, isRunning, thisProcess } from './process-identity.ts';

const TAG = /^([0-9a-f]{12})-([0-9a-f]{12})-(\d{1,10})-(\d*)$/;

/** This process as a part of a temporary file's name, so that whoever finds the file can tell whether it is still in use. */
export function ownerTag(): string {
  const { machine, boot, pid, began } = thisProcess();
  return `${machine}-${boot}-${pid}-${began}`;
}

/** True when a tag is that of a process of this machine that is gone; false also for what is no tag. */
export function isOwnerGone(tag: string): boolean {
  return isOwnerRunning(tag) === false;
}

/** Whether the process of a tag runs; null when that cannot be told: it is of another machine, or no tag. */
export function isOwnerRunning(tag: string): boolean | null {
  const [, machine, boot, pid, began] = TAG.exec(tag) ?? [];
  if (machine === undefined || boot === undefined || began === undefined) return null;
  return isForeign({ machine, boot }) ? null : isRunning({ boot, pid: Number(pid), began });
}
