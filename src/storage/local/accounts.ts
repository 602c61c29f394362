import { readFile } from 'node:fs/promises';

/** The users and groups of this machine by number and by name; those of directory services (LDAP, …) are not known. */
export interface Accounts {
  userName(uid: number): string | undefined;
  groupName(gid: number): string | undefined;
  uidOf(name: string): number | undefined;
  gidOf(name: string): number | undefined;
}

/** Reads `/etc/passwd` and `/etc/group`; empty on systems without them. */
export async function readAccounts(): Promise<Accounts> {
  const [users, groups] = await Promise.all([readIds('/etc/passwd'), readIds('/etc/group')]);
  return {
    userName: (uid) => users.names.get(uid),
    groupName: (gid) => groups.names.get(gid),
    uidOf: (name) => users.ids.get(name),
    gidOf: (name) => groups.ids.get(name),
  };
}

/** Both files have lines of `name:password:id:…`; where a number or name stands twice the first line counts. */
async function readIds(path: string): Promise<{ names: Map<number, string>; ids: Map<string, number> }> {
  const names = new Map<number, string>();
  const ids = new Map<string, number>();
  const text = await readFile(path, 'utf8').catch(() => '');
  for (const line of text.split('\n')) {
    const [name, , digits] = line.split(':');
    if (!name || digits === undefined || !/^\d+$/.test(digits)) continue;
    const id = Number(digits);
    if (!names.has(id)) names.set(id, name);
    if (!ids.has(name)) ids.set(name, id);
  }
  return { names, ids };
}
