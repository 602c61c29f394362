import { createHash, randomBytes } from 'node:crypto';
import { Writable } from 'node:stream';
import { zstdCompressSync } from 'node:zlib';
import type { ArchiveFacts, ArchiveWriter } from '../../src/archive/archive.ts';
import { EntryNamer, TableNamer } from '../../src/archive/entry-namer.ts';
import {
  POST_DATA_NAME,
  PRE_DATA_NAME,
  RESTORE_NOTE_NAME,
  RESTORE_SCRIPT_NAME,
  loadStatementName,
  partName,
  storageDirectory,
  storageIndexName,
} from '../../src/archive/layout.ts';
import type { Manifest, ManifestTable } from '../../src/archive/manifest.ts';
import { restoreKit } from '../../src/archive/restore-kit.ts';
import { encodeScript } from '../../src/archive/sql-script.ts';
import { encodeIndexItem } from '../../src/archive/storage-index.ts';
import { createArchiveWriter } from '../../src/archive/writer.ts';
import type { ByteSource } from '../../src/core/byte-source.ts';

/** A byte source over memory. */
export function memorySource(bytes: Buffer, name = 'test.zip'): ByteSource {
  return {
    name,
    size: bytes.length,
    read: (target, position) => Promise.resolve(bytes.copy(target, 0, Math.min(position, bytes.length))),
    close: () => Promise.resolve(),
  };
}

/** A stream that keeps copies of what it is given, made at the last moment: the memory is used again then. */
export class MemorySink extends Writable {
  readonly #chunks: Buffer[] = [];

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    setImmediate(() => {
      this.#chunks.push(Buffer.from(chunk));
      done();
    });
  }

  bytes(): Buffer {
    return Buffer.concat(this.#chunks);
  }
}

export function sha256(bytes: Buffer | string): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** A manifest of an archive without database and storages. */
export function emptyManifest(facts: ArchiveFacts): Manifest {
  return {
    format: 1,
    tool: { name: 'holdfast', version: '0.0.0' },
    id: '00112233-4455-6677-8899-aabbccddeeff',
    started: '2026-01-02T03:04:05.678Z',
    finished: '2026-01-02T03:05:00.000Z',
    complete: true,
    problems: [],
    database: null,
    storages: [],
    ...facts,
  };
}

export interface SampleFile {
  readonly path: Buffer;
  readonly content: Buffer;
  readonly method?: 'store' | 'deflate';
  /** Written from a stream, with a data descriptor. */
  readonly streamed?: boolean;
}

export const SAMPLE_FILES: readonly SampleFile[] = [
  { path: Buffer.from('a.txt'), content: Buffer.from('hello '.repeat(1000)), streamed: true },
  { path: Buffer.from('Ünïcode – 🎉.txt'), content: Buffer.from('party!'), method: 'store' },
  { path: Buffer.from('empty'), content: Buffer.alloc(0), method: 'deflate' },
  { path: Buffer.from('deep/er/random.bin'), content: randomBytes(100_000), method: 'store' },
  { path: Buffer.from('deep/A.TXT'), content: Buffer.from('upper') },
  { path: Buffer.from('deep/a.txt'), content: Buffer.from('lower') },
  { path: Buffer.from('latin1-\xe9\xff', 'latin1'), content: Buffer.from('bytes') },
  { path: Buffer.from('con.log'), content: Buffer.from('device') },
  { path: Buffer.from('line\nbreak \\ 100%25 50% .'), content: Buffer.from('odd') },
  { path: Buffer.from('odd: folder/x: 100%2541'), content: Buffer.from('nested') },
];

export const SAMPLE_LINKS = [
  { path: Buffer.from('link'), target: Buffer.from('deep/a.txt') },
  { path: Buffer.from('odd link'), target: Buffer.from('latin1-\xe9\xff%41', 'latin1') },
];

/** Writes storage `uploads` with `files` and some directories and links; returns what the manifest says of it. */
export async function addSampleStorage(
  writer: ArchiveWriter,
  files: readonly SampleFile[] = SAMPLE_FILES,
): Promise<Manifest['storages'][number]> {
  const namer = new EntryNamer(storageDirectory('uploads'));
  const mtime = new Date('2026-01-02T03:04:06Z');
  const lines: string[] = [];
  let bytes = 0;
  await writer.addDirectory(storageDirectory('uploads'), { mode: 0o750, mtime });
  const emptyFolder = namer.name(Buffer.from('empty folder'), 'directory');
  await writer.addDirectory(emptyFolder, { mode: 0o750, mtime });
  lines.push(
    encodeIndexItem({ type: 'directory', path: Buffer.from('empty folder'), entry: emptyFolder }, 'uploads'),
  );
  for (const { path, content, method = 'deflate', streamed = content.length % 2 === 1 } of files) {
    const entry = namer.name(path, 'file');
    const source = streamed ? streamOf(content) : content;
    const added = await writer.add(entry, source, { method, mode: 0o640, mtime });
    bytes += added.size;
    lines.push(encodeIndexItem({ type: 'file', path, entry, content: added, mode: 0o640 }, 'uploads'));
  }
  for (const { path, target } of SAMPLE_LINKS) {
    const entry = namer.name(path, 'symlink');
    await writer.addSymlink(entry, target, { mtime });
    lines.push(encodeIndexItem({ type: 'symlink', path, entry, target }, 'uploads'));
  }
  await writer.add(storageIndexName('uploads'), Buffer.from(lines.join('')), { method: 'deflate' });
  const counts = { files: files.length, directories: 1, symlinks: SAMPLE_LINKS.length, bytes };
  return {
    name: 'uploads',
    kind: 'local',
    location: '/srv/uploads',
    root: { mode: '0750', uid: 7 },
    ...counts,
  };
}

async function addSampleDatabase(writer: ArchiveWriter): Promise<NonNullable<Manifest['database']>> {
  const preData = [
    { kind: 'SCHEMA', schema: null, name: 'app', sql: 'CREATE SCHEMA app;' },
    { kind: 'TABLE', schema: 'app', name: 'users', sql: 'CREATE TABLE app.users (\n  id integer\n);' },
  ];
  const postData = [
    {
      kind: 'CONSTRAINT',
      schema: 'app',
      name: 'users_pkey',
      sql: 'ALTER TABLE app.users ADD PRIMARY KEY (id);',
    },
  ];
  await writer.add(PRE_DATA_NAME, streamOf(...encodeScript(preData)), { method: 'deflate' });
  const directory = new TableNamer().name('app', 'users');
  await writer.add(loadStatementName(directory), Buffer.from('COPY app.users (id) FROM stdin;\n'), {
    method: 'store',
  });
  const texts = ['1\n2\n', '3\n'];
  const parts: ManifestTable['parts'][number][] = [];
  for (const [index, text] of texts.entries()) {
    const entry = partName(directory, index + 1, 'copy');
    await writer.add(entry, zstdCompressSync(text), { method: 'store' });
    parts.push({ entry, rows: text.length / 2, bytes: text.length, sha256: sha256(text) });
  }
  await writer.add(POST_DATA_NAME, streamOf(...encodeScript(postData)), { method: 'deflate' });
  return {
    facts: {
      engine: 'postgres',
      version: '17.2',
      database: 'app',
      encoding: 'UTF8',
      snapshot: '0-1',
      extra: { a: 1 },
    },
    partSuffix: 'copy',
    preDataStatements: preData.length,
    postDataStatements: postData.length,
    tables: [
      { schema: 'app', name: 'users', directory, columns: ['id'], rows: 3, bytes: 6, withRows: true, parts },
    ],
  };
}

/** Writes RESTORE.md and restore.sh. */
export async function addKit(writer: ArchiveWriter, engine: string | null): Promise<void> {
  const kit = restoreKit(engine);
  await writer.add(RESTORE_NOTE_NAME, Buffer.from(kit.note), { method: 'store' });
  await writer.add(RESTORE_SCRIPT_NAME, Buffer.from(kit.script), { method: 'store', mode: 0o755 });
}

/** A whole small archive with a database and the storage `uploads`. */
export async function sampleArchive(
  change: (manifest: Manifest) => unknown = (same) => same,
): Promise<Buffer> {
  const sink = new MemorySink();
  const writer = createArchiveWriter(sink);
  const database = await addSampleDatabase(writer);
  const storage = await addSampleStorage(writer);
  await addKit(writer, 'postgres');
  await writer.finish(
    (facts) => change({ ...emptyManifest(facts), database, storages: [storage] }) as Manifest,
  );
  return sink.bytes();
}

/** An archive with nothing but what `add` writes and what every archive has. */
export async function smallArchive(
  add: (writer: ArchiveWriter) => Promise<Partial<Manifest> | void> = () => Promise.resolve(),
): Promise<Buffer> {
  const sink = new MemorySink();
  const writer = createArchiveWriter(sink);
  const extra = await add(writer);
  await addKit(writer, null);
  await writer.finish((facts) => ({ ...emptyManifest(facts), ...extra }));
  return sink.bytes();
}

export async function* streamOf(...chunks: Buffer[]): AsyncGenerator<Buffer, void, void> {
  yield* chunks;
}
