import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import type {
  Manifest,
  ManifestDatabase,
  ManifestStorage,
  ManifestTable,
} from '../../../src/archive/manifest.ts';
import { editArchive, type Editable, type EditedArchive } from '../edited-archive.ts';
import { takeApart } from '../forge.ts';
import { sha256 } from '../sample.ts';
import type { Mutation } from './mutation.ts';
import type { Random } from '../../support/random.ts';

const FILE = 'storage/uploads/a.txt';
const INDEX = 'storage/uploads.jsonl';
const PART = 'database/data/app.users/000001.copy.zst';
const SCRIPT = 'database/pre-data.sql';

type Json = Record<string, unknown>;

/** What somebody may do who edits content, SHA256SUMS and manifest.json, and knows how they hang together. */
export const CONTENT_MUTATIONS: readonly Mutation[] = [
  refused('SHA256SUMS edited, manifest not', (archive, random) => {
    archive.write('SHA256SUMS', editLines(archive.read('SHA256SUMS'), random));
  }),
  refused('SHA256SUMS edited, manifest made to fit', (archive, random) => {
    archive.writeSums(editLines(archive.read('SHA256SUMS'), random));
  }),
  refused('content and SHA256SUMS edited, manifest not', (archive, random) => {
    const name = random.pick([FILE, 'restore.sh', PART, INDEX]);
    const content = flip(archive.read(name), random);
    archive.write(name, content);
    archive.write('SHA256SUMS', archive.sumsWith(name, content));
  }),
  refused('file, SHA256SUMS and manifest edited, index not', (archive, random) => {
    archive.writeListed(FILE, flip(archive.read(FILE), random));
  }),
  refused('index edited, SHA256SUMS and manifest made to fit', (archive, random) => {
    const lines = archive.read(INDEX).toString().trimEnd().split('\n');
    const at = random.below(lines.length);
    const line = JSON.parse(lines[at]!) as Json;
    const field = random.pick(Object.keys(line).filter((key) => INDEX_FACTS.has(key)));
    switch (random.below(4)) {
      case 0:
        lines.splice(at, 1);
        break;
      case 1:
        lines.splice(random.below(lines.length), 0, lines[at]!);
        break;
      default:
        line[field] = otherValue(line[field], random);
        lines[at] = JSON.stringify(line);
    }
    archive.writeListed(INDEX, Buffer.from(`${lines.join('\n')}\n`));
  }),
  refused('rows edited, SHA256SUMS and manifest made to fit but for the part', (archive, random) => {
    const rows = zstdDecompressSync(archive.read(PART));
    const others = [
      flip(rows, random),
      Buffer.concat([rows, rows]),
      rows.subarray(2),
      Buffer.alloc(100_000, '1\n'),
    ];
    archive.writeListed(PART, zstdCompressSync(random.pick(others)));
  }),
  refused('script edited, SHA256SUMS and manifest made to fit', (archive, random) => {
    const script = archive.read(SCRIPT).toString();
    const others = [
      script.replace('"bytes":', '"bytes":1'),
      script.replace('-- ', '--- '),
      script.replace('integer', 'int'),
      script.slice(0, random.below(script.length - 1)),
      script + script,
      script.replace('{', '{'.repeat(1 + random.below(3000))),
      script.replace('"bytes":', `"object":${JSON.stringify(otherThanCount(random))},"bytes":`),
      script.replace('"bytes":', `"about":${JSON.stringify(otherThanAbout(random))},"bytes":`),
    ];
    archive.writeListed(
      SCRIPT,
      Buffer.from(random.pick(others.filter((other) => other !== script && other !== ''))),
    );
  }),
  refused('manifest edited in what the archive tells too', (archive, random) => {
    const manifest = archive.manifest();
    random.pick(CHECKED_FACTS)(new EditedManifest(manifest), random);
    archive.writeManifest(manifest);
  }),
  refused('manifest made another text', (archive, random) => {
    const text = archive.read('manifest.json');
    const others = [
      text.subarray(0, random.below(text.length - 2)),
      Buffer.from('['.repeat(1 + random.below(100_000))),
      Buffer.concat([text, text]),
      Buffer.from('null'),
      Buffer.from(`{"format":1,"tool":${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}}`),
      Buffer.from(text.toString().replace('"entries": ', '"entries": -')),
      Buffer.from(text.toString().replace('"entries": ', '"entries": 1e999, "x": ')),
      Buffer.from(text.toString().replace('app', '\xff'), 'latin1'),
    ];
    archive.write('manifest.json', random.pick(others));
  }),
  {
    kind: 'manifest edited in what it alone tells',
    outcome: 'another sound archive',
    apply: edited((archive, random) => {
      const manifest = archive.manifest();
      random.pick(FREE_FACTS)(new EditedManifest(manifest), random);
      archive.writeManifest(manifest);
    }),
  },
  {
    kind: 'file, index, SHA256SUMS and manifest edited as one',
    outcome: 'another sound archive',
    apply: edited((archive, random) => {
      const content = flip(archive.read(FILE), random);
      const old = sha256(archive.read(FILE));
      archive.writeListed(FILE, content);
      const index = archive.read(INDEX).toString().replace(old, sha256(content));
      archive.writeListed(INDEX, Buffer.from(index));
    }),
  },
  {
    kind: 'attributes in the index edited, SHA256SUMS and manifest made to fit',
    outcome: 'another sound archive',
    apply: edited((archive, random) => {
      const mode = `0${(0o100 + random.below(0o600)).toString(8)}`;
      archive.writeListed(
        INDEX,
        Buffer.from(archive.read(INDEX).toString().replace('"mode":"0640"', `"mode":"${mode}"`)),
      );
    }),
  },
];

/** What of a line of the index the entries tell too. */
const INDEX_FACTS = new Set([
  'path',
  'pathBytes',
  'entry',
  'type',
  'size',
  'sha256',
  'target',
  'targetBytes',
]);

type ManifestEdit = (manifest: EditedManifest, random: Random) => void;

/** The manifest of an archive with a table in two parts and a storage. */
class EditedManifest {
  readonly all: Editable<Manifest>;

  constructor(manifest: Editable<Manifest>) {
    this.all = manifest;
  }

  get database(): Editable<ManifestDatabase> {
    return this.all.database!;
  }

  get table(): Editable<ManifestTable> {
    return this.database.tables[0]!;
  }

  get storage(): Editable<ManifestStorage> {
    return this.all.storages[0]!;
  }
}

function replaceField(place: object, field: string, random: Random): void {
  const fields = place as Record<string, unknown>;
  fields[field] = otherValue(fields[field], random);
}

/** What is neither a whole number from 0 on nor a list. */
function otherThanCount(random: Random): unknown {
  return random.pick([-1, 0.5, 2 ** 53, 1e300, null, '', '1', {}, true]);
}

/** What tells nothing of an object as a script's comment does. */
function otherThanAbout(random: Random): unknown {
  const about: Json = { kind: 'TABLE', schema: 'app', name: 'users', table: null, needs: [0], partOf: [] };
  switch (random.below(3)) {
    case 0:
      return random.pick([null, 0, '', [], true]);
    case 1:
      return {
        ...about,
        [random.pick(['kind', 'schema', 'name', 'table'])]: random.pick([0, [], {}, false]),
      };
    default: {
      const list = random.pick([[-1], [0.5], [[0]], ['0'], [null], {}, 'needs', null]);
      return { ...about, [random.pick(['needs', 'partOf', 'comesWith'])]: list };
    }
  }
}

/** Each makes the manifest contradict the rest of the archive. */
const CHECKED_FACTS: readonly ManifestEdit[] = [
  (m, random) => replaceField(m.all, random.pick(['entries', 'sums']), random),
  (m) => (m.all.database = null),
  (m) => (m.all.storages = []),
  (m) => m.all.storages.push({ ...m.storage, name: 'other' }),
  (m) => m.all.storages.push(m.storage),
  (m, random) => {
    replaceField(m.storage, random.pick(['name', 'files', 'directories', 'symlinks', 'bytes']), random);
  },
  (m, random) => {
    const fields = ['preDataStatements', 'postDataStatements', 'partSuffix', 'tables'];
    replaceField(m.database, random.pick(fields), random);
  },
  (m, random) => replaceField(m.table, random.pick(['directory', 'rows', 'bytes', 'parts']), random),
  (m) => (m.table.withRows = false),
  (m, random) => Object.assign(m.table, { object: otherThanCount(random) }),
  (m, random) => {
    const field = random.pick(Object.keys(SELECTION));
    Object.assign(m.database, { selection: { ...SELECTION, [field]: otherThanCount(random) } });
  },
  (m, random) => Object.assign(m.database, { excludedTables: otherThanCount(random) }),
  (m) => m.database.tables.push(m.table),
  (m, random) => {
    replaceField(random.pick(m.table.parts), random.pick(['entry', 'bytes', 'sha256', 'rows']), random);
  },
  // A row moved from one part to the other: the sums are right, the parts are not.
  (m) => {
    m.table.parts[0]!.rows -= 1;
    m.table.parts[1]!.rows += 1;
  },
];

const SELECTION = { patterns: ['a'], needed: [], neededCount: 0, leftOut: [], leftOutCount: 0 };

/** Each changes what nothing else in the archive tells: the archive says something else then, and is whole. */
const FREE_FACTS: readonly ManifestEdit[] = [
  (m) => (m.all.tool = { name: 'other', version: '9' }),
  (m) => (m.all.id = 'ffffffff-4455-6677-8899-aabbccddeeff'),
  (m) => (m.all.started = '2020-01-01T00:00:00Z'),
  (m) => (m.all.finished = '2020-01-01T00:00:00Z'),
  (m) => (m.all.complete = false),
  (m) => m.all.problems.push({ kind: 'storage', reason: 'x' }),
  (m) => (m.database.facts.database = '\u001b[2J'),
  (m) => Object.assign(m.database.facts, { more: { deep: [[[[1e300]]]] } }),
  (m) => (m.table.schema = 'other'),
  (m) => (m.table.name = 'other'),
  (m) => (m.table.columns = ['a', 'b']),
  // Entries are numbered as they are written, side by side: only the manifest has the order of a table's parts.
  (m) => (m.table.parts = m.table.parts.toReversed()),
  (m) => (m.table.name = '\udcff\ud800'),
  (m) => (m.table.object = 2 ** 53 - 1),
  (m) => (m.database.selection = null),
  (m) => (m.database.selection = { ...SELECTION, patterns: ['\u001b[2J\udc80'], neededCount: 2 ** 53 - 1 }),
  (m) => (m.database.excludedTables = ['__proto__']),
  (m) => (m.storage.location = '/elsewhere'),
  (m) => (m.storage.root = null),
  (m) => Object.assign(m.all, { later: { version: 2 } }),
];

function edited(edit: (archive: EditedArchive, random: Random) => void): Mutation['apply'] {
  return ({ bytes, key }, random) => {
    // Zip64 fields are for the other mutations: here the contents matter.
    if (key !== null || takeApart(bytes).zip64) return null;
    return editArchive(bytes, (archive) => edit(archive, random));
  };
}

function refused(kind: string, edit: (archive: EditedArchive, random: Random) => void): Mutation {
  return { kind, outcome: 'refused', apply: edited(edit) };
}

function flip(content: Buffer, random: Random): Buffer {
  const copy = Buffer.from(content);
  copy[random.below(copy.length)]! ^= 1 << random.below(8);
  return copy;
}

function editLines(text: Buffer, random: Random): Buffer {
  const lines = text.toString().trimEnd().split('\n');
  const at = random.below(lines.length);
  switch (random.below(6)) {
    case 0:
      lines.splice(at, 1);
      break;
    case 1:
      lines.splice(random.below(lines.length), 0, lines[at]!);
      break;
    case 2:
      lines.reverse();
      break;
    case 3:
      lines[at] = lines[at]!.replace(/[0-9a-f]/, (digit) => (digit === '0' ? '1' : '0'));
      break;
    case 4:
      lines[at] = `${lines[at]}x`;
      break;
    default:
      lines.push(`${'0'.repeat(64)}  ../../etc/passwd`);
  }
  return Buffer.from(`${lines.join('\n')}\n`);
}

function otherValue(value: unknown, random: Random): unknown {
  const others = [0, -1, 0.5, 1e300, null, '', 'x', '../x', [], {}, true, '0'.repeat(64)];
  if (typeof value === 'number') others.push(value + 1, value + 1);
  if (typeof value === 'string') others.push(`${value}x`, `${value}x`, value.toUpperCase());
  return random.pick(others.filter((other) => JSON.stringify(other) !== JSON.stringify(value)));
}
