import type { Attack } from './attack.ts';
import { editArchive } from './edited-archive.ts';
import { BOMBS, TEXTS } from './hostile-sizes.ts';

const FILE = 'storage/uploads/a.txt';

/** Entries that climb out of where they are unpacked, by name. */
const CLIMBING: readonly Attack[] = [
  ['storage/uploads/../../../escaped', '../../escaped'],
  ['../escaped', '../escaped'],
  ['/holdfast-escaped', '/holdfast-escaped'],
  ['C:/escaped', 'C:/escaped'],
  ['C:\\escaped', 'C:\\escaped'],
  ['storage/uploads/..\\..\\escaped', '..\\..\\escaped'],
  ['storage/uploads/./escaped', './escaped'],
  ['storage/uploads//escaped', '/escaped'],
].map(([entry, path]) => ({
  name: `an entry called ${entry}`,
  edit: (archive) => archive.addItem(entry!, path!, { content: 'escaped' }),
  message: new RegExp(`its entry ${escape(JSON.stringify(entry))} has a name that is not allowed`),
}));

const LINKS: readonly Attack[] = [
  {
    name: 'a file below a link that was made before',
    edit: (archive) => {
      archive.addItem('storage/uploads/door', 'door', { target: '../..' });
      archive.addItem('storage/uploads/door/escaped', 'door/escaped', { content: 'escaped' });
    },
    message: /"storage\/uploads\/door\/escaped" lies below "storage\/uploads\/door", which is no directory/,
  },
  {
    name: 'a file below a link, its name spelled otherwise',
    edit: (archive) => {
      archive.addItem('storage/uploads/door', 'door', { target: '../..' });
      archive.addItem('storage/uploads/%64oor/escaped', 'door/escaped', { content: 'escaped' });
    },
    message: /"storage\/uploads\/%64oor\/escaped" has a path that leads through a link/,
  },
  {
    name: 'a file in the place of a link',
    edit: (archive) => {
      archive.addItem('storage/uploads/door', 'door', { target: '../../escaped' });
      archive.addItem('storage/uploads/%64oor', 'door', { content: 'escaped' });
    },
    message: /"storage\/uploads\/%64oor" stands for the same path as another/,
  },
];

const NAMES: readonly Attack[] = [
  {
    name: 'names equal but for case',
    edit: (archive) => archive.addItem('storage/uploads/A.TXT', 'A.TXT', { content: 'other' }),
    message: /"storage\/uploads\/A\.TXT" differs from "storage\/uploads\/a\.txt" only by case or form/,
  },
  {
    name: 'names equal but for their Unicode form',
    edit: (archive) => {
      archive.addItem('storage/uploads/\u00e4', '\u00e4', { content: 'one' });
      archive.addItem('storage/uploads/a\u0308', 'a\u0308', { content: 'other' });
    },
    message: /differs from "storage\/uploads\/\u00e4" only by case or form/,
  },
  {
    name: 'a name twice',
    edit: (archive) => archive.addItem(FILE, 'a.txt', { content: 'other' }),
    message: /"storage\/uploads\/a\.txt" is in it twice/,
  },
];

export const ATTACKS: readonly Attack[] = [...CLIMBING, ...LINKS, ...NAMES, ...BOMBS, ...TEXTS];

export function mountAttack(sound: Buffer, { edit }: Pick<Attack, 'edit'>): Buffer {
  return editArchive(sound, edit);
}

/** Ends of zips that promise a hundred million entries: 4,600 MB of directory, were they there. */
export function promiseEntries(entries: number, directoryBytes: number, directoryOffset: number): Buffer {
  const records = Buffer.alloc(98);
  records.writeUInt32LE(0x06064b50, 0);
  records.writeBigUInt64LE(44n, 4);
  records.writeBigUInt64LE(BigInt(entries), 24);
  records.writeBigUInt64LE(BigInt(entries), 32);
  records.writeBigUInt64LE(BigInt(directoryBytes), 40);
  records.writeBigUInt64LE(BigInt(directoryOffset), 48);
  records.writeUInt32LE(0x07064b50, 56);
  records.writeBigUInt64LE(BigInt(directoryOffset + directoryBytes), 64);
  records.writeUInt32LE(1, 72);
  records.writeUInt32LE(0x06054b50, 76);
  records.fill(0xff, 84, 96);
  return records;
}

function escape(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
}
