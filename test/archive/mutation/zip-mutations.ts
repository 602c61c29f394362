import { crc32 } from 'node:zlib';
import { assemble, takeApart, setContent, storedEntry, type ForgedEntry, type ForgedZip } from '../forge.ts';
import type { Mutation } from './mutation.ts';
import type { Random } from '../../support/random.ts';

/** What a forger, or a program that repairs zips, may do to the structure. Offsets fit again afterwards. */
export const ZIP_MUTATIONS: readonly Mutation[] = [
  zipChange('entries swapped', (zip, random) => {
    const [one, other] = twoOf(zip.entries, random);
    swap(zip.entries, one, other);
  }),
  zipChange('records swapped in the directory', (zip, random) => {
    zip.order = [...zip.entries];
    swap(zip.order, ...twoOf(zip.order, random));
  }),
  zipChange('entry renamed', (zip, random) => {
    const entry = random.pick(zip.entries);
    entry.local.name = entry.central.name = Buffer.from(otherName(entry, zip, random));
  }),
  zipChange('entry renamed in one place', (zip, random) => {
    const entry = random.pick(zip.entries);
    const name = Buffer.from(otherName(entry, zip, random));
    if (random.below(2) === 0) entry.local.name = name;
    else entry.central.name = name;
  }),
  zipChange('names exchanged', (zip, random) => {
    const [one, other] = twoOf(zip.entries, random);
    for (const place of ['local', 'central'] as const) {
      [one[place].name, other[place].name] = [other[place].name, one[place].name];
    }
  }),
  zipChange('contents exchanged', (zip, random) => {
    const [one, other] = twoOf(zip.entries, random);
    const names = [one.central.name, other.central.name];
    swap(zip.entries, one, other);
    one.local.name = one.central.name = names[1]!;
    other.local.name = other.central.name = names[0]!;
  }),
  zipChange('entry duplicated', (zip, random) => {
    const entry = random.pick(zip.entries);
    zip.entries.splice(random.below(zip.entries.length + 1), 0, structuredCopy(entry));
  }),
  zipChange('record duplicated', (zip, random) => {
    zip.order = [...zip.entries];
    zip.order.splice(random.below(zip.order.length + 1), 0, random.pick(zip.entries));
  }),
  zipChange('entry removed', (zip, random) => void remove(zip.entries, random)),
  zipChange('record removed', (zip, random) => {
    zip.order = [...zip.entries];
    remove(zip.order, random);
  }),
  zipChange('entry removed, its record stays', (zip, random) => {
    zip.order = [...zip.entries];
    const removed = remove(zip.entries, random);
    removed.central.offset = random.below(1000);
  }),
  zipChange('entry added', (zip, random) => {
    const name = random.pick([
      'extra',
      'storage/uploads/zz',
      'database/data/app.users/000003.copy.zst',
      'storage/x/y',
    ]);
    zip.entries.splice(
      random.below(zip.entries.length + 1),
      0,
      storedEntry(name, random.bytes(random.below(50))),
    );
  }),
  zipChange('directory edited against local header', (zip, random) => {
    const { central } = random.pick(zip.entries);
    editHeader(central, random);
    if (random.below(3) === 0) central.disk = 1;
    if (random.below(3) === 0) central.offset = random.below(5000);
  }),
  zipChange('local header edited against directory', (zip, random) =>
    editHeader(random.pick(zip.entries).local, random),
  ),
  zipChange('sizes forged in both places', (zip, random) => {
    const { local, central } = random.pick(zip.entries);
    const field = random.pick(['size', 'compressedSize'] as const);
    local[field] = central[field] = otherNumber(central[field], random);
  }),
  zipChange('CRC forged in both places', (zip, random) => {
    const entry = random.pick(zip.entries);
    const crc = random.below(2 ** 32);
    entry.central.crc = crc;
    if (entry.descriptor.length === 0) entry.local.crc = crc;
    else entry.descriptor.writeUInt32LE(crc, 4);
  }),
  zipChange('method or flags forged in both places', (zip, random) => {
    const { local, central } = random.pick(zip.entries);
    if (random.below(2) === 0)
      local.method = central.method = random.pick([0, 8, 9, 12, 14, 93].filter((m) => m !== central.method));
    else local.flags = central.flags = central.flags ^ (1 << random.pick([0, 3, 4, 5, 6, 11, 13]));
  }),
  zipChange('descriptor edited', (zip, random) => {
    const entry = random.pick(zip.entries.filter(({ descriptor }) => descriptor.length > 0));
    // From 4 on it would be a descriptor without its signature, which is as good.
    if (random.below(4) === 0) entry.descriptor = entry.descriptor.subarray(5 + random.below(8));
    else entry.descriptor[random.below(entry.descriptor.length)]! ^= 1 << random.below(8);
  }),
  zipChange('extra field added', (zip, random) => {
    const { local, central } = random.pick(zip.entries);
    const extra = Buffer.concat([
      Buffer.from([random.pick([1, 1, 7, 0x75]), random.pick([0, 0x70])]),
      random.bytes(2 + random.below(40)),
    ]);
    extra.writeUInt16LE(random.below(2) === 0 ? extra.length - 4 : random.below(70_000) & 0xffff, 2);
    (random.below(2) === 0 ? local : central).extra = extra;
  }),
  zipChange('comment added', (zip, random) => {
    // An end record inside a comment is what readers that search from the end may take for the true one.
    const comment = random.below(2) === 0 ? random.bytes(1 + random.below(90)) : endRecord();
    if (random.below(2) === 0) zip.comment = comment;
    else random.pick(zip.entries).central.comment = comment;
  }),
  zipChange('end records edited', (zip, random) => {
    const field = random.pick(['count', 'diskCount', 'directoryOffset', 'directorySize'] as const);
    const values = {
      count: zip.entries.length,
      diskCount: zip.entries.length,
      directoryOffset: 1000,
      directorySize: 1000,
    };
    zip[field] = Math.min(otherNumber(values[field], random), field.endsWith('ount') ? 0xffff : 0xffff_ffff);
  }),
  zipChange('bytes between, with offsets made to fit', (zip, random) => {
    const extra = random.bytes(1 + random.below(200));
    const place = random.below(3);
    if (place === 0) zip.before = extra;
    else if (place === 1) zip.beforeDirectory = extra;
    else random.pick(zip.entries).descriptor = extra;
  }),
  zipChange('content changed, CRC made to fit', (zip, random) => {
    const entry = random.pick(zip.entries.filter(({ data }) => data.length > 0));
    const content = Buffer.from(entry.data);
    content[random.below(content.length)]! ^= 1 << random.below(8);
    setContent(entry, content);
  }),
  zipChange('type of an entry changed', (zip, random) => {
    const { central } = random.pick(zip.entries);
    const types = [0o04, 0o10, 0o12, 0o06, 0o02, 0].filter((type) => type !== central.attributes >>> 28);
    central.attributes = (central.attributes & 0x0fff_ffff) + random.pick(types) * 2 ** 28;
  }),
];

function zipChange(kind: string, edit: (zip: ForgedZip, random: Random) => void): Mutation {
  return {
    kind,
    outcome: 'refused',
    apply: ({ bytes, key }, random) => {
      if (key !== null) return null;
      const zip = takeApart(bytes);
      edit(zip, random);
      return assemble(zip);
    },
  };
}

function editHeader(header: ForgedEntry['local'], random: Random): void {
  const field = random.pick(['flags', 'method', 'crc', 'compressedSize', 'size'] as const);
  if (field === 'flags') header.flags ^= 1 << random.below(16);
  else if (field === 'method') header.method = header.method === 0 ? 8 : 0;
  else header[field] = otherNumber(header[field], random);
}

function otherNumber(number: number, random: Random): number {
  const others = [
    0,
    1,
    number + 1,
    Math.max(0, number - 1),
    number * 2,
    0x7fff_ffff,
    0xffff_ffff,
    crc32('x'),
    random.below(2 ** 32),
  ];
  return random.pick(others.filter((other) => other !== number && other <= 0xffff_ffff));
}

function otherName(entry: ForgedEntry, zip: ForgedZip, random: Random): string {
  const name = entry.central.name.toString();
  const others = [
    `../${name}`,
    `/${name}`,
    `C:/${name}`,
    name.toUpperCase(),
    name.replace('/', '\\'),
    `${name}x`,
    `${name}/x`,
    name.normalize('NFD'),
    `${name}\0`,
    name.replace(/[^/]+$/, '..'),
    '',
    'x'.repeat(60_000),
    ...zip.entries.map(({ central }) => central.name.toString()),
  ];
  return random.pick(others.filter((other) => other !== name));
}

function twoOf(entries: readonly ForgedEntry[], random: Random): [ForgedEntry, ForgedEntry] {
  const one = random.pick(entries);
  return [one, random.pick(entries.filter((entry) => entry !== one && !entry.data.equals(one.data)))];
}

function swap(entries: ForgedEntry[], one: ForgedEntry, other: ForgedEntry): void {
  const places = [entries.indexOf(one), entries.indexOf(other)];
  entries[places[0]!] = other;
  entries[places[1]!] = one;
}

function remove(entries: ForgedEntry[], random: Random): ForgedEntry {
  return entries.splice(random.below(entries.length), 1)[0]!;
}

function structuredCopy(entry: ForgedEntry): ForgedEntry {
  return { ...entry, local: { ...entry.local }, central: { ...entry.central } };
}

function endRecord(): Buffer {
  const record = Buffer.alloc(22);
  record.writeUInt32LE(0x06054b50, 0);
  return record;
}
