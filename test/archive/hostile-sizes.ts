import { crc32, deflateRawSync, zstdCompressSync } from 'node:zlib';
import type { Attack } from './attack.ts';
import type { EditedArchive } from './edited-archive.ts';
import { find, storedEntry, type ForgedEntry } from './forge.ts';
import { sha256 } from './sample.ts';

const FILE = 'storage/uploads/a.txt';
const PART = 'database/data/app.users/000001.copy.zst';
const SCRIPT = 'database/pre-data.sql';
const INDEX = 'storage/uploads.jsonl';

/** Entries and parts that hold, or promise, more than anybody has room for. */
export const BOMBS: readonly Attack[] = [
  {
    name: 'a file that inflates to more than it says',
    edit: (archive) => deflateInto(find(archive.zip, FILE), Buffer.alloc(500_000_000), 6000),
    message: /"storage\/uploads\/a\.txt" holds more than its 6000 bytes/,
    opens: true,
  },
  {
    name: 'a file that promises what its bytes cannot hold',
    edit: (archive) => {
      const entry = find(archive.zip, FILE);
      entry.central.size = entry.local.size = 0xf000_0000;
    },
    message: /"storage\/uploads\/a\.txt" cannot hold the \d+ bytes that it promises/,
  },
  {
    name: 'entries that share their bytes',
    edit: ({ zip }) => {
      const shared = find(zip, FILE);
      zip.order = zip.entries.flatMap((entry) => (entry === shared ? [entry, sameBytes(entry)] : [entry]));
    },
    message: /its entry "storage\/uploads\/b\.txt" is not where it should be/,
  },
  {
    name: 'entries within each other',
    edit: ({ zip }) => {
      const outer = find(zip, 'storage/uploads/deep/er/random.bin');
      const inner = storedEntry('storage/uploads/b.txt', 'inner');
      inner.central.offset = offsetOf(zip.entries, outer) + 100;
      zip.order = zip.entries.flatMap((entry) => (entry === outer ? [entry, inner] : [entry]));
    },
    message: /its entry "storage\/uploads\/deep\/er\/random\.bin" overlaps what follows/,
  },
  {
    name: 'a part that unpacks to more than it says',
    edit: (archive) => archive.writeListed(PART, zstdCompressSync(Buffer.alloc(1_000_000_000))),
    message: /000001\.copy\.zst holds more than 4 bytes of rows/,
    opens: true,
    isInDatabase: true,
  },
  {
    name: 'a part that promises what its bytes cannot hold',
    edit: (archive) => {
      const manifest = archive.manifest();
      const table = manifest.database!.tables[0]!;
      table.parts[0]!.bytes = 2 ** 50;
      table.bytes = 2 ** 50 + 2;
      archive.writeManifest(manifest);
    },
    message: /000001\.copy\.zst" cannot hold the 1125899906842624 bytes of rows that it promises/,
  },
  {
    name: 'a zstd frame that promises terabytes',
    // Magic, a descriptor (8 bytes of content size, one segment), the size, one empty last block (RFC 8878, 3.1.1).
    edit: (archive) => archive.writeListed(PART, frame('e0', '0000000000100000')),
    message: /000001\.copy\.zst is no valid zstd frame/,
    opens: true,
    isInDatabase: true,
  },
  {
    name: 'a zstd frame that asks for a window of 2 GiB',
    edit: (archive) => archive.writeListed(PART, frame('00', 'a8')),
    message: /000001\.copy\.zst is no valid zstd frame/,
    opens: true,
    isInDatabase: true,
  },
  {
    name: 'a zstd frame that asks for a window of 16 MiB',
    edit: (archive) => archive.writeListed(PART, frame('00', '70')),
    message: /000001\.copy\.zst is no valid zstd frame/,
    opens: true,
    isInDatabase: true,
  },
];

const HUGE = 200_000_000;

/** Texts without end, depth or number. */
export const TEXTS: readonly Attack[] = [
  manifestOf(
    'of 250 MiB of blanks',
    Buffer.alloc(250 << 20, ' '),
    /manifest\.json of .* is above the limit of 50\d+ bytes/,
  ),
  manifestOf(
    'of 50 MB of brackets',
    Buffer.alloc(50_000_000, '['),
    /more than 64 levels of JSON in manifest\.json/,
  ),
  manifestOf(
    'of 16 million empty objects',
    Buffer.from(`{"x":[${'{},'.repeat(16_000_000)}{}]}`),
    /more than \d+ values in manifest/,
  ),
  manifestOf(
    'that is one string of 50 MB',
    Buffer.from(`{"x":"\u20ac${'x'.repeat(50_000_000)}"}`),
    /format of manifest\.json is not/,
  ),
  {
    name: 'a line of an index without end',
    edit: (archive) => deflateListed(archive, INDEX, Buffer.alloc(HUGE, '{"a":')),
    message: /Line 1 of storage\/uploads\.jsonl has no end or is too long/,
    opens: true,
  },
  {
    name: 'an index nested too deep',
    edit: (archive) => archive.writeListed(INDEX, Buffer.from(`{"metadata":${'['.repeat(900_000)}\n`)),
    message: /more than 64 levels of JSON in line 1 of storage\/uploads\.jsonl/,
    opens: true,
  },
  {
    name: 'SHA256SUMS without a line end',
    edit: (archive) => {
      const text = Buffer.alloc(HUGE, '0');
      archive.writeManifest({ ...archive.manifest(), sums: sha256(text) });
      deflateInto(find(archive.zip, 'SHA256SUMS'), text, text.length);
    },
    message: /Line 1 of SHA256SUMS is not a SHA-256, two spaces and a name/,
    opens: true,
  },
  {
    name: 'a statement of 9 PB',
    edit: (archive) => archive.writeListed(SCRIPT, Buffer.from(statement(2 ** 53 - 1, ''))),
    message: /length of statement 1 of database\/pre-data\.sql, 9007199254740991 bytes, is above the limit/,
    opens: true,
    isInDatabase: true,
  },
  {
    name: 'a statement that promises more than there is',
    edit: (archive) => archive.writeListed(SCRIPT, Buffer.from(statement(30_000_000, 'SELECT 1;'))),
    message: /length of statement 1 of database\/pre-data\.sql is not 30000000 bytes/,
    opens: true,
    isInDatabase: true,
  },
  {
    name: 'a script without a line end',
    edit: (archive) => deflateListed(archive, SCRIPT, Buffer.alloc(HUGE, '-- ')),
    message: /No comment line before statement 1/,
    opens: true,
    isInDatabase: true,
  },
  {
    name: 'an index with a path that is not text',
    edit: (archive) => archive.writeListed(INDEX, Buffer.from('{"type":"file","path":"\\ud800"}\n')),
    message:
      /size of line 1|entry of line 1 of storage\/uploads\.jsonl does not stand for its path|index does not have/,
    opens: true,
  },
];

function manifestOf(name: string, text: Buffer, message: RegExp): Attack {
  return {
    name: `a manifest ${name}`,
    edit: ({ zip }) => deflateInto(find(zip, 'manifest.json'), text, text.length),
    message,
  };
}

/** Makes `content`, deflated, the data of an entry that says it has `size` bytes. */
function deflateInto(entry: ForgedEntry, content: Buffer, size: number): void {
  const data = deflateRawSync(content);
  entry.data = data;
  entry.descriptor = Buffer.alloc(0);
  for (const header of [entry.local, entry.central]) {
    Object.assign(header, {
      method: 8,
      flags: header.flags & ~8,
      size,
      compressedSize: data.length,
      crc: crc32(content),
    });
  }
}

function deflateListed(archive: EditedArchive, name: string, content: Buffer): void {
  archive.writeSums(archive.sumsWith(name, content));
  deflateInto(find(archive.zip, name), content, content.length);
}

/** A record of another name for the bytes of `entry`. */
function sameBytes(entry: ForgedEntry): ForgedEntry {
  const name = Buffer.from('storage/uploads/b.txt');
  return { ...entry, central: { ...entry.central, name, offset: 0 } };
}

function offsetOf(entries: readonly ForgedEntry[], wanted: ForgedEntry): number {
  const before = entries.slice(0, entries.indexOf(wanted));
  return before.reduce(
    (sum, { local, data, descriptor }) => sum + 30 + local.name.length + data.length + descriptor.length,
    0,
  );
}

/** A zstd frame with this descriptor and what follows it, in hex, and one empty last block. */
function frame(descriptor: string, header: string): Buffer {
  return Buffer.from(`28b52ffd${descriptor}${header}010000`, 'hex');
}

function statement(bytes: number, sql: string): string {
  return `-- ${JSON.stringify({ kind: 'TABLE', schema: null, name: 'x', bytes })}\n${sql}\n\n`;
}
