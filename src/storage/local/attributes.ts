import type { BigIntStats } from 'node:fs';
import type { ItemAttributes } from '../../core/item-attributes.ts';
import type { FileFacts } from '../storage.ts';
import type { Accounts } from './accounts.ts';

/** The bits of a mode that say permissions, with set-user-ID, set-group-ID and sticky. */
const PERMISSIONS = 0o7777;

/** The last time that a `Date` can hold, in the year 275,760, and the distance of the first from 1970. */
const LAST_TIME_NS = 8_640_000_000_000_000n * 1_000_000n;

/** The attributes of an item as the file system has them. Windows has neither modes nor owners of this kind. */
export function attributesOf(stats: BigIntStats, accounts: Accounts): ItemAttributes {
  return attributesOfFacts(factsOf(stats), accounts);
}

/** What is kept of the system's facts. */
export function factsOf({ size, mode, mtimeNs, uid, gid }: BigIntStats): FileFacts {
  return { size: Number(size), mode: Number(mode), mtimeNs, uid: Number(uid), gid: Number(gid) };
}

/** The same of facts that were kept. */
export function attributesOfFacts(facts: FileFacts, accounts: Accounts): ItemAttributes {
  const time = timeOf(facts);
  if (process.platform === 'win32') return time;
  const { mode, uid, gid } = facts;
  const owner = accounts.userName(uid);
  const group = accounts.groupName(gid);
  return {
    mode: mode & PERMISSIONS,
    ...time,
    uid,
    gid,
    ...(owner === undefined ? {} : { owner }),
    ...(group === undefined ? {} : { group }),
  };
}

/** Nothing for a time beyond all calendars, which some file systems can hold and an archive cannot. */
function timeOf({ mtimeNs }: FileFacts): Pick<ItemAttributes, 'mtimeNs'> {
  return mtimeNs > LAST_TIME_NS || mtimeNs < -LAST_TIME_NS ? {} : { mtimeNs };
}
