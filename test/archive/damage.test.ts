import { deflateRawSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { checkEntries } from '../../src/archive/check-entries.ts';
import { openArchive } from '../../src/archive/reader.ts';
import { HoldfastError } from '../../src/core/errors.ts';
import type { ForgedEntry, ForgedZip } from './forge.ts';
import { find, forge, setContent, storedEntry } from './forge.ts';
import { memorySource, sampleArchive, sha256 } from './sample.ts';

const STORED = 'storage/uploads/Ünïcode – 🎉.txt';
const DEFLATED = 'storage/uploads/a.txt';
const SCRIPT = 'database/pre-data.sql';
const PART = 'database/data/app.users/000001.copy.zst';

let sound: Buffer;
beforeAll(async () => {
  sound = await sampleArchive();
});

/** The message of the HoldfastError `damaged` that opening and checking `bytes` must end in. */
async function damageOf(bytes: Buffer): Promise<string> {
  try {
    await checkEntries(await openArchive(memorySource(bytes)), () => Promise.resolve());
  } catch (error) {
    expect(error).toBeInstanceOf(HoldfastError);
    expect(error).toMatchObject({ code: 'damaged' });
    return (error as HoldfastError).message;
  }
  return 'no damage found';
}

const rename = (entry: ForgedEntry, name: Buffer | string): void => {
  entry.local.name = Buffer.from(name);
  entry.central.name = Buffer.from(name);
};

/** Adds an entry that SHA256SUMS and the manifest do not know in front of the last two. */
const insert = (zip: ForgedZip, entry: ForgedEntry): void => void zip.entries.splice(-2, 0, entry);

/** Changes the manifest, or SHA256SUMS with the manifest made to fit. */
function changeManifest(zip: ForgedZip, change: (json: string) => string): void {
  const entry = zip.entries.at(-1)!;
  const json = change(manifestOf(zip));
  setContent(entry, json);
}

function manifestOf(zip: ForgedZip): string {
  const entry = zip.entries.at(-1)!;
  return entry.data.toString();
}

function changeSums(zip: ForgedZip, change: (lines: string[]) => string[]): void {
  const { sums: old } = JSON.parse(manifestOf(zip)) as { sums: string };
  const lines = change(sumLines(zip));
  const text = lines.join('');
  setContent(zip.entries.at(-2)!, text);
  changeManifest(zip, (json) => json.replace(old, sha256(text)));
}

const sumsOf = new WeakMap<ForgedZip, string[]>();
function sumLines(zip: ForgedZip): string[] {
  return sumsOf.get(zip)!;
}

/** `sound` with SHA256SUMS and the manifest stored, so that a forger can change them. */
async function forgeOpen(change: (zip: ForgedZip) => void): Promise<Buffer> {
  const archive = await openArchive(memorySource(sound));
  const contents = await Promise.all(
    [...archive.entries]
      .slice(-2)
      .map(async (entry) => Buffer.concat(await Array.fromAsync(archive.open(entry)))),
  );
  return forge(sound, (zip) => {
    setContent(zip.entries.at(-2)!, contents[0]!);
    setContent(zip.entries.at(-1)!, contents[1]!);
    sumsOf.set(zip, contents[0]!.toString().split(/(?<=\n)/));
    change(zip);
  });
}

describe('the forger', () => {
  it('makes what passes when nothing is changed', async () => {
    expect(await damageOf(sound)).toBe('no damage found');
    expect(await damageOf(forge(sound, () => undefined))).toBe('no damage found');
    expect(await damageOf(await forgeOpen(() => undefined))).toBe('no damage found');
  });
});

describe('a file that is no archive', () => {
  it.each([
    ['is empty', Buffer.alloc(0), 'is not a zip archive'],
    ['is short', Buffer.from('PK'), 'is not a zip archive'],
    ['is text', Buffer.from('hello '.repeat(100)), 'is not a zip archive'],
    ['is an empty zip', Buffer.concat([Buffer.from('PK\x05\x06'), Buffer.alloc(18)]), 'it has no entries'],
  ])('%s', async (_case, bytes, message) => {
    expect(await damageOf(bytes)).toContain(message);
  });

  it('is another zip', async () => {
    const other = forge(sound, (zip) => (zip.entries = [storedEntry('manifest.json.txt', 'x')]));
    expect(await damageOf(other)).toBe('test.zip is a zip, but not a Holdfast archive.');
  });

  it('is a zip with a manifest.json of its own', async () => {
    const other = forge(sound, (zip) => (zip.entries = [storedEntry('manifest.json', '{"format":"x"}')]));
    expect(await damageOf(other)).toBe('format of manifest.json is not a whole number from 0 on.');
  });
});

describe('an archive cut or extended', () => {
  it('is noticed at every length', async () => {
    for (let length = sound.length - 1; length >= 0; length -= length > sound.length - 60 ? 1 : 4999) {
      expect(await damageOf(sound.subarray(0, length))).not.toBe('no damage found');
    }
  });

  it('is noticed when bytes stand before, between or after', async () => {
    const extra = Buffer.from('extra');
    expect(await damageOf(forge(sound, (zip) => (zip.before = extra)))).toContain(
      'is not where it should be',
    );
    expect(await damageOf(forge(sound, (zip) => (zip.beforeDirectory = extra)))).toContain('belong to none');
    expect(await damageOf(forge(sound, (zip) => (zip.after = extra)))).toContain('its end is missing');
    expect(await damageOf(forge(sound, (zip) => (zip.comment = extra)))).toContain('its end is missing');
    expect(await damageOf(Buffer.concat([extra, sound]))).toContain('its end does not tell');
  });

  it('is noticed wherever one byte is changed', async () => {
    for (let position = 0; position < sound.length; position += 311) {
      const changed = Buffer.from(sound);
      changed[position]! ^= 0x10;
      const message = await damageOf(changed);
      if (message === 'no damage found') expect(isIgnored(position)).toBe(true);
    }
  });
});

/** Whether the byte is one of those that no reader needs: version, time and attributes in headers. */
function isIgnored(position: number): boolean {
  for (let at = sound.indexOf('PK\x03\x04'); at !== -1; at = sound.indexOf('PK\x03\x04', at + 1)) {
    if ((position >= at + 4 && position < at + 6) || (position >= at + 10 && position < at + 14)) return true;
  }
  for (let at = sound.indexOf('PK\x01\x02'); at !== -1; at = sound.indexOf('PK\x01\x02', at + 1)) {
    if (position >= at + 4 && position < at + 8) return true;
    if (position >= at + 12 && position < at + 16) return true;
    if (position >= at + 36 && position < at + 42) return true;
  }
  return false;
}

describe('end records', () => {
  it.each<[string, (zip: ForgedZip) => void]>([
    ['another count', (zip) => (zip.count = zip.entries.length - 1)],
    ['a count above the directory', (zip) => (zip.count = 60_000)],
    ['several disks', (zip) => (zip.diskCount = 1)],
    ['another offset', (zip) => (zip.directoryOffset = 10)],
    ['another size', (zip) => (zip.directorySize = 10)],
    ['a mark for zip64 without it', (zip) => (zip.count = 0xffff)],
  ])('%s', async (_case, change) => {
    expect(await damageOf(forge(sound, change))).toMatch(/its end does not tell|its directory does not have/);
  });
});

describe('zip64 end records', () => {
  /** `sound` with zip64 records, changed. */
  function withZip64(change: (records: Buffer) => void): Buffer {
    const end = sound.subarray(-22);
    const records = Buffer.alloc(98);
    records.writeUInt32LE(0x06064b50, 0);
    records.writeBigUInt64LE(44n, 4);
    records.writeBigUInt64LE(BigInt(end.readUInt16LE(8)), 24);
    records.writeBigUInt64LE(BigInt(end.readUInt16LE(10)), 32);
    records.writeBigUInt64LE(BigInt(end.readUInt32LE(12)), 40);
    records.writeBigUInt64LE(BigInt(end.readUInt32LE(16)), 48);
    records.writeUInt32LE(0x07064b50, 56);
    records.writeBigUInt64LE(BigInt(sound.length - 22), 64);
    records.writeUInt32LE(1, 72);
    records.writeUInt32LE(0x06054b50, 76);
    records.fill(0xff, 84, 96);
    change(records);
    return Buffer.concat([sound.subarray(0, -22), records]);
  }

  it('are read', async () => {
    expect(await damageOf(withZip64(() => undefined))).toBe('no damage found');
  });

  it.each<[string, (records: Buffer) => void]>([
    ['another mark of the record', (records) => records.writeUInt32LE(0, 0)],
    ['another size of the record', (records) => records.writeBigUInt64LE(45n, 4)],
    ['another disk', (records) => records.writeUInt32LE(1, 16)],
    ['two counts', (records) => records.writeBigUInt64LE(1n, 24)],
    ['a huge count', (records) => records.fill(0xff, 24, 40)],
    ['a huge size', (records) => records.fill(0xff, 40, 48)],
    ['another offset of the directory', (records) => records.writeBigUInt64LE(0n, 48)],
    ['another size beside the mark', (records) => records.writeUInt32LE(123, 88)],
    ['another offset beside the mark', (records) => records.writeUInt32LE(123, 92)],
    ['another disk beside the mark', (records) => records.writeUInt16LE(1, 80)],
    ['another mark of the locator', (records) => records.writeUInt32LE(0, 56)],
    ['another offset of the record', (records) => records.writeBigUInt64LE(0n, 64)],
    ['several disks', (records) => records.writeUInt32LE(2, 72)],
  ])('with %s are damage', async (_case, change) => {
    expect(await damageOf(withZip64(change))).toContain('its end does not tell where its directory is');
  });

  it('with marks where none belong are damage and nothing worse', async () => {
    for (const position of [12, 16, 88, 92]) {
      const bytes = withZip64((records) => records.writeUInt32LE(0x06064b50, position));
      expect(await damageOf(bytes)).toContain('is damaged');
    }
  });
});

describe('the central directory', () => {
  const cases: [string, (zip: ForgedZip) => void, string][] = [
    ['a comment', (zip) => (find(zip, STORED).central.comment = Buffer.from('x')), 'is not of this format'],
    ['another disk', (zip) => (find(zip, STORED).central.disk = 1), 'is not of this format'],
    ['encryption', (zip) => (find(zip, STORED).central.flags |= 1), 'is encrypted'],
    ['strong encryption', (zip) => (find(zip, STORED).central.flags |= 0x40), 'is encrypted'],
    ['another method', (zip) => (find(zip, DEFLATED).central.method = 9), 'unknown method'],
    ['two sizes of a stored entry', (zip) => (find(zip, STORED).central.size += 1), 'has two sizes'],
    ['a directory with content', (zip) => rename(find(zip, STORED), 'storage/uploads/x/'), 'is no file'],
    [
      'content of a directory',
      (zip) => fillFolder(find(zip, 'storage/uploads/empty folder/')),
      'with content',
    ],
    ['a size beyond all numbers', (zip) => setExtraSize(find(zip, SCRIPT)), 'has an impossible size'],
    ['a huge manifest', (zip) => setHugeManifest(zip.entries.at(-1)!), 'is above the limit'],
    [
      'a promise beyond deflate',
      (zip) => (find(zip, SCRIPT).central.size = 10_000_000),
      'cannot hold the 10000000 bytes',
    ],
    ['another system', (zip) => (find(zip, STORED).central.madeBy = 0x002d), 'is no file'],
    ['no type', (zip) => (find(zip, STORED).central.attributes = 0o644 * 0x10000), 'is no file'],
    [
      'an extra field',
      (zip) => (find(zip, STORED).central.extra = Buffer.from([1, 0, 0, 0])),
      'has an extra field',
    ],
    ['a zip64 field without need', (zip) => addExtra(find(zip, STORED)), 'has an extra field'],
    ['a device', (zip) => (find(zip, STORED).central.attributes = 0x2000_0000), 'is no file'],
    [
      'a file that is a directory',
      (zip) => (find(zip, STORED).central.attributes = 0x4000_0000),
      'is no file',
    ],
    ['a huge link', (zip) => setHugeLink(find(zip, 'storage/uploads/link')), 'is a link of'],
    ['the wrong order', (zip) => (zip.order = zip.entries.toReversed()), 'is not where it should be'],
    ['an overlap', (zip) => (zip.entries[1]!.central.offset = 3), 'overlaps what follows'],
    ['a size that overlaps', (zip) => setSizes(find(zip, STORED), 1_000_000), 'overlaps what follows'],
    [
      'a missing record',
      (zip) => (zip.order = zip.entries.filter((entry) => entry.data.length < 100_000)),
      'is followed by bytes',
    ],
    ['a missing last record', (zip) => (zip.order = zip.entries.slice(0, -1)), 'belong to none'],
    ['no manifest', (zip) => (zip.entries = zip.entries.slice(0, -1)), 'not a Holdfast archive'],
  ];
  it.each(cases)('%s', async (_case, change, message) => {
    expect(await damageOf(forge(sound, change))).toContain(message);
  });

  it('a gap too long to be an extra field', async () => {
    const gap = forge(sound, (zip) => (find(zip, STORED).data = Buffer.alloc(100_000)));
    expect(await damageOf(gap)).toContain('is followed by bytes that belong to none');
  });
});

function setSizes(entry: ForgedEntry, size: number): void {
  for (const header of [entry.local, entry.central]) Object.assign(header, { size, compressedSize: size });
}

function fillFolder(entry: ForgedEntry): void {
  setContent(entry, 'x');
  entry.central.attributes = 0x4000_0000;
}

/** Moves the size to a zip64 field, where it is 2^60. */
function setExtraSize(entry: ForgedEntry): void {
  entry.central.extra = Buffer.from([1, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0x10]);
  entry.central.size = 0xffff_ffff;
}

function addExtra(entry: ForgedEntry): void {
  entry.central.extra = Buffer.alloc(12);
  entry.central.extra.writeUInt16LE(1, 0);
  entry.central.extra.writeUInt16LE(8, 2);
}

/** Makes the manifest 70 million blanks, which deflate well. */
function setHugeManifest(entry: ForgedEntry): void {
  const data = deflateRawSync(Buffer.alloc(70_000_000, ' '));
  entry.data = data;
  for (const header of [entry.local, entry.central]) {
    Object.assign(header, { method: 8, size: 70_000_000, compressedSize: data.length });
  }
}

function setHugeLink(entry: ForgedEntry): void {
  const attributes = entry.central.attributes;
  setContent(entry, Buffer.alloc(70_000, 'x'));
  entry.central.attributes = attributes;
}

describe('names', () => {
  it.each([
    ['storage/uploads/../x', 'not allowed'],
    ['../x', 'not allowed'],
    ['/etc/passwd', 'not allowed'],
    ['storage//x', 'not allowed'],
    ['storage/./x', 'not allowed'],
    ['x'.repeat(16_385), 'too long'],
    ['x/'.repeat(520), 'too long'],
    ['storage\\x', 'not allowed'],
    ['C:/x', 'not allowed'],
    ['storage/x\n', 'not allowed'],
    ['storage/\u0085', 'not allowed'],
    ['', 'not allowed'],
    [Buffer.from('storage/\xff', 'latin1'), 'not UTF-8'],
    [Buffer.from('storage/\xf0\x9f\x98', 'latin1'), 'not UTF-8'],
    ['restore.sh', 'is in it twice'],
    ['RESTORE.SH', 'differs from "restore.sh" only by case or form'],
    ['storage/uploads/U\u0308nïcode – 🎉.txt', 'differs from'],
    ['storage/uploads/%C3%9Cnïcode – 🎉.txt', 'stands for the same path as another'],
  ])('%j is refused', async (name, message) => {
    const bytes = forge(sound, (zip) => insert(zip, storedEntry(name, 'x')));
    expect(await damageOf(bytes)).toContain(message);
  });

  it.each([
    ['storage/uploads/link/x', 'lies below "storage/uploads/link", which is no directory'],
    ['storage/uploads/LINK/x', 'lies below "storage/uploads/link", which is no directory'],
    ['storage/uploads/a.txt/x/y', 'lies below "storage/uploads/a.txt", which is no directory'],
    ['storage/uploads/%6Cink/x', 'has a path that leads through a link'],
    ['storage/uploads/%6Cink%2Fx', 'has a path that leads through a link'],
    ['storage/uploads/deep', 'lies below "storage/uploads/deep", which is no directory'],
  ])('%s is refused beside what is there', async (name, message) => {
    const bytes = forge(sound, (zip) => insert(zip, storedEntry(name, 'x')));
    expect(await damageOf(bytes)).toContain(message);
    const first = forge(sound, (zip) => zip.entries.unshift(storedEntry(name, 'x')));
    expect(await damageOf(first)).toMatch(/no directory|through a link/);
  });

  it('without the UTF-8 flag must be ASCII', async () => {
    const bytes = forge(sound, (zip) => {
      const entry = find(zip, STORED);
      entry.local.flags = 0;
      entry.central.flags = 0;
    });
    expect(await damageOf(bytes)).toContain('not UTF-8');
  });

  it('may hold the replacement character', async () => {
    const bytes = forge(sound, (zip) => rename(find(zip, STORED), 'storage/uploads/\ufffd'));
    expect(await damageOf(bytes)).toContain('SHA256SUMS does not list');
  });
});

describe('local headers and data', () => {
  const cases: [string, (zip: ForgedZip) => void, string][] = [
    [
      'another name',
      (zip) => (find(zip, STORED).local.name = Buffer.from(STORED.replace('t', 'T'))),
      'header',
    ],
    [
      'an extra field',
      (zip) => (find(zip, STORED).local.extra = Buffer.alloc(9)),
      'header that does not agree',
    ],
    ['another method', (zip) => (find(zip, STORED).local.method = 8), 'header that does not agree'],
    ['other flags', (zip) => (find(zip, STORED).local.flags |= 2), 'header that does not agree'],
    ['another size', (zip) => (find(zip, STORED).local.size -= 1), 'sizes or CRC-32'],
    ['another CRC', (zip) => (find(zip, STORED).local.crc = 1), 'sizes or CRC-32'],
    ['sizes beside a descriptor', (zip) => (find(zip, DEFLATED).local.size = 6), 'sizes or CRC-32'],
    ['another CRC in both', (zip) => setCrc(find(zip, STORED)), 'another CRC-32'],
    ['another byte', (zip) => (find(zip, STORED).data[0]! ^= 1), 'another CRC-32'],
    ['another byte, CRC made to fit', (zip) => setContent(find(zip, STORED), 'pArty!'), 'the SHA-256 of'],
    ['another byte, deflated', (zip) => (find(zip, DEFLATED).data[3]! ^= 1), 'its entry'],
    [
      'a directory with another header',
      (zip) => (find(zip, 'storage/uploads/empty folder/').local.crc = 1),
      'CRC-32',
    ],
    [
      'no descriptor',
      (zip) => (find(zip, DEFLATED).descriptor = Buffer.alloc(0)),
      'no sound data descriptor',
    ],
    ['a descriptor too many', (zip) => (find(zip, STORED).descriptor = Buffer.alloc(16)), 'belong to none'],
    ['another CRC in the descriptor', (zip) => (find(zip, DEFLATED).descriptor[4]! ^= 1), 'does not agree'],
    ['another size in the descriptor', (zip) => (find(zip, DEFLATED).descriptor[12]! ^= 1), 'does not agree'],
    ['another mark of the descriptor', (zip) => (find(zip, DEFLATED).descriptor[0]! ^= 1), 'does not agree'],
    ['more bytes than declared', (zip) => (find(zip, SCRIPT).central.size -= 1), 'holds more than its'],
    ['fewer bytes than declared', (zip) => (find(zip, SCRIPT).central.size += 1), 'instead of'],
    ['bytes behind the deflated data', (zip) => pad(find(zip, DEFLATED)), 'bytes behind its deflated data'],
  ];
  it.each(cases)('%s', async (_case, change, message) => {
    expect(await damageOf(forge(sound, change))).toContain(message);
  });

  it('a bomb gives no more than it declares', async () => {
    const bomb = forge(sound, (zip) => {
      const entry = find(zip, DEFLATED);
      entry.data = deflateRawSync(Buffer.alloc(50_000_000));
      entry.central.compressedSize = entry.data.length;
    });
    const archive = await openArchive(memorySource(bomb));
    let bytes = 0;
    const read = async (): Promise<void> => {
      for await (const chunk of archive.open(archive.entry(DEFLATED)!)) bytes += (chunk as Buffer).length;
    };
    await expect(read()).rejects.toThrow('holds more than its 6000 bytes');
    expect(bytes).toBeLessThanOrEqual(6000);
  });
});

function setCrc(entry: ForgedEntry): void {
  entry.local.crc = 1;
  entry.central.crc = 1;
}

/** Puts a byte behind the end of the deflated data, inside the entry. */
function pad(entry: ForgedEntry): void {
  entry.data = Buffer.concat([entry.data, Buffer.from([0])]);
  entry.central.compressedSize += 1;
  entry.descriptor.writeUInt32LE(entry.data.length, 8);
}

describe('manifest, checksums and index', () => {
  const cases: [string, (zip: ForgedZip) => void, string][] = [
    [
      'an unknown entry',
      (zip) => insert(zip, storedEntry('extra.txt', 'x')),
      'does not know the entry "extra.txt"',
    ],
    ['an unknown storage', (zip) => insert(zip, storedEntry('storage/x/y', 'x')), 'does not know the entry'],
    [
      'an unknown part',
      (zip) => insert(zip, storedEntry('database/data/x/1', 'x')),
      'does not know the entry',
    ],
    ['a missing part', (zip) => remove(zip, PART), `it lacks the entry "${PART}"`],
    ['a missing index', (zip) => remove(zip, 'storage/uploads.jsonl'), 'it lacks the entry'],
    ['a missing file', (zip) => remove(zip, STORED), 'its manifest counts'],
    ['a missing link', (zip) => remove(zip, 'storage/uploads/link'), '1 symlinks, its manifest counts 2'],
    ['an extra file', (zip) => insert(zip, storedEntry('storage/uploads/zzz', 'x')), 'its manifest counts'],
    ['another count of files', (zip) => changeManifest(zip, otherCount), 'its manifest counts 1'],
    [
      'a part twice',
      (zip) => changeManifest(zip, (json) => json.replace('000002.copy', '000001.copy')),
      'entry of parts[1] of tables[0]',
    ],
    [
      'a promise beyond zstd',
      (zip) => changeManifest(zip, hugePart),
      'cannot hold the 1000000 bytes of rows',
    ],
    [
      'a table twice',
      (zip) => changeManifest(zip, tableTwice),
      'its manifest names "database/data/app.users/000001.copy.zst" twice',
    ],
    [
      'checksums elsewhere',
      (zip) => void zip.entries.unshift(...zip.entries.splice(-2, 1)),
      'last entry but one',
    ],
    [
      'another digest of the checksums',
      (zip) => changeManifest(zip, wrongSums),
      'not the one in the manifest',
    ],
    ['a sum missing', (zip) => changeSums(zip, (lines) => lines.slice(1)), 'does not list'],
    ['a last sum missing', (zip) => changeSums(zip, (lines) => lines.slice(0, -1)), 'does not list'],
    ['sums in another order', (zip) => changeSums(zip, (lines) => lines.toReversed()), 'does not list'],
    ['a sum twice', (zip) => changeSums(zip, (lines) => [lines[0]!, ...lines]), 'does not list'],
    ['a sum too many', (zip) => changeSums(zip, (lines) => [...lines, lines[0]!]), 'which it does not hold'],
    [
      'a sum without end',
      (zip) => changeSums(zip, (lines) => [lines.join('').slice(0, -1)]),
      'is not a SHA-256',
    ],
    ['a sum of another form', (zip) => changeSums(zip, (lines) => ['x\n', ...lines]), 'Line 1 of SHA256SUMS'],
  ];
  it.each(cases)('%s', async (_case, change, message) => {
    expect(await damageOf(await forgeOpen(change))).toContain(message);
  });

  it('an index that tells something else', async () => {
    const archive = await openArchive(memorySource(sound));
    const index = Buffer.concat(await Array.fromAsync(archive.open(archive.entry('storage/uploads.jsonl')!)));
    const lines = index.toString().split(/(?<=\n)/);
    const change = async (changed: string[]): Promise<string> => {
      const text = changed.join('');
      const bytes = await forgeOpen((zip) => {
        setContent(find(zip, 'storage/uploads.jsonl'), text);
        changeSums(zip, (sums) =>
          sums.map((line) =>
            line.includes('uploads.jsonl') ? `${sha256(text)}  storage/uploads.jsonl\n` : line,
          ),
        );
      });
      return damageOf(bytes);
    };
    expect(await change(lines)).toBe('no damage found');
    expect(await change(lines.slice(1))).toContain('index does not have');
    expect(await change(lines.toReversed())).toContain('index does not have');
    expect(await change([...lines, lines[0]!])).toContain('lists more than');
    const item = (name: string, from: string, to: string): string[] =>
      lines.map((line) => (line.includes(`"${name}"`) ? line.replace(from, to) : line));
    expect(await change(item('a.txt', '"size":6000', '"size":6001'))).toContain('index does not have');
    expect(await change(item('a.txt', '"sha256":"', '"sha256":"0'))).toContain('is not a SHA-256');
    expect(await change(item('link', 'deep/', 'DEEP/'))).toContain('index does not have');
    expect(await change(item('a.txt', '"path":"a', '"path":"b'))).toContain('index does not have');
    expect(await change(item('empty folder', 'directory', 'symlink'))).toContain('targetBytes of line 1');
  });
});

function remove(zip: ForgedZip, name: string): void {
  zip.entries.splice(zip.entries.indexOf(find(zip, name)), 1);
}

function tableTwice(json: string): string {
  const manifest = JSON.parse(json) as { database: { tables: unknown[] } };
  manifest.database.tables.push(manifest.database.tables[0]);
  return JSON.stringify(manifest);
}

function hugePart(json: string): string {
  const manifest = JSON.parse(json) as {
    database: { tables: { bytes: number; parts: { bytes: number }[] }[] };
  };
  const [table] = manifest.database.tables;
  table!.bytes += 1_000_000 - table!.parts[0]!.bytes;
  table!.parts[0]!.bytes = 1_000_000;
  return JSON.stringify(manifest);
}

function otherCount(json: string): string {
  return json.replace(/"entries": \d+/, '"entries": 1');
}

function wrongSums(json: string): string {
  return json.replace(/"sums": "[0-9a-f]{64}"/, `"sums": "${'0'.repeat(64)}"`);
}
