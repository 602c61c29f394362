import { formatCount } from '../../../core/format.ts';
import { serverLockOf } from './server-lock.ts';
import type { TakenSnapshot } from './take-snapshot.ts';

/**
 * In words, how consistent a backup is.
 * @param strangers tables that are in no snapshot, as a list; null where there are none
 */
export function describeConsistency(
  { readers: [leader, ...others], serverLock, isInstanceLocked }: TakenSnapshot,
  strangers: string | null,
): string {
  const lock = serverLockOf(leader);
  const connections = formatCount(others.length + 1, 'connection');
  return [
    serverLock === 'held'
      ? `One state of all transactional tables, read by ${connections}; ${lock} was held while their transactions began.`
      : `One state of all transactional tables, read by one connection in one transaction; ${lock} was ${serverLock === 'denied' ? 'not allowed' : 'not to be had'}.`,
    isInstanceLocked
      ? 'LOCK INSTANCE FOR BACKUP and the metadata locks of the tables kept definitions from changing.'
      : 'The metadata locks of the tables kept their definitions from changing.',
    ...(strangers === null
      ? []
      : [`Tables without transactions are as they were when each was read: ${strangers}.`]),
  ].join(' ');
}
