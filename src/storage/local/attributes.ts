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
  const { mode, uid, gid } = facts;
  // Field by field: of a million files each copy of an object counts.
  const attributes: { -readonly [Field in keyof ItemAttributes]: ItemAttributes[Field] } = {};
  if (process.platform !== 'win32') attributes.mode = mode & PERMISSIONS;
  if (isTime(facts)) attributes.mtimeNs = facts.mtimeNs;
  if (process.platform === 'win32') return attributes;
  attributes.uid = uid;
  attributes.gid = gid;
  const owner = accounts.userName(uid);
  if (owner !== undefined) attributes.owner = owner;
  const group = accounts.groupName(gid);
  if (group !== undefined) attributes.group = group;
  return attributes;
}

/** False for a time beyond all calendars, which some file systems can hold and an archive cannot. */
function isTime({ mtimeNs }: FileFacts): boolean {
  return mtimeNs <= LAST_TIME_NS && mtimeNs >= -LAST_TIME_NS;
}
