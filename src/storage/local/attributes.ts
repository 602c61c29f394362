import type { BigIntStats } from 'node:fs';
import type { ItemAttributes } from '../storage.ts';
import type { Accounts } from './accounts.ts';

/** The bits of a mode that say permissions, with set-user-ID, set-group-ID and sticky. */
const PERMISSIONS = 0o7777n;

/** The attributes of an item as the file system has them. Windows has neither modes nor owners of this kind. */
export function attributesOf(stats: BigIntStats, accounts: Accounts): ItemAttributes {
  if (process.platform === 'win32') return { mtimeNs: stats.mtimeNs };
  const uid = Number(stats.uid);
  const gid = Number(stats.gid);
  const owner = accounts.userName(uid);
  const group = accounts.groupName(gid);
  return {
    mode: Number(stats.mode & PERMISSIONS),
    mtimeNs: stats.mtimeNs,
    uid,
    gid,
    ...(owner === undefined ? {} : { owner }),
    ...(group === undefined ? {} : { group }),
  };
}
