import { inflateRawSync } from 'node:zlib';
import type { Manifest } from '../../src/archive/manifest.ts';
import { encodeIndexItem, type IndexItem } from '../../src/archive/storage-index.ts';
import {
  assemble,
  find,
  setContent,
  storedEntry,
  takeApart,
  type ForgedEntry,
  type ForgedZip,
} from './forge.ts';
import { sha256 } from './sample.ts';

/** The same, to be changed. */
export type Editable<T> = { -readonly [Key in keyof T]: Editable<T[Key]> };

/** An archive that is edited by somebody who knows what hangs on what, and makes all of it fit. */
export class EditedArchive {
  readonly zip: ForgedZip;

  constructor(zip: ForgedZip) {
    this.zip = zip;
  }

  read(name: string): Buffer {
    return plainContent(find(this.zip, name));
  }

  /** Replaces a content, and its sizes and CRC-32. */
  write(name: string, content: Buffer): void {
    setContent(find(this.zip, name), content);
  }

  sumsWith(name: string, content: Buffer): Buffer {
    const lines = this.read('SHA256SUMS').toString().split('\n');
    return Buffer.from(
      lines.map((line) => (line.endsWith(`  ${name}`) ? `${sha256(content)}  ${name}` : line)).join('\n'),
    );
  }

  /** Writes SHA256SUMS, and its digest into the manifest. */
  writeSums(sums: Buffer): void {
    this.write('SHA256SUMS', sums);
    this.writeManifest({ ...this.manifest(), sums: sha256(sums) });
  }

  /** Writes a content with its digest in SHA256SUMS and that one's in the manifest. */
  writeListed(name: string, content: Buffer): void {
    this.write(name, content);
    this.writeSums(this.sumsWith(name, content));
  }

  manifest(): Editable<Manifest> {
    return JSON.parse(this.read('manifest.json').toString()) as Editable<Manifest>;
  }

  writeManifest(manifest: Manifest): void {
    this.write('manifest.json', Buffer.from(JSON.stringify(manifest)));
  }

  /** Adds a file or link to the storage `uploads` in front of its index, with all that tells of it. */
  addItem(
    entry: string,
    path: string | Buffer,
    item: { readonly content?: string; readonly target?: string },
  ): void {
    const { content, target } = item;
    const bytes = Buffer.from(content ?? target ?? '');
    const at = this.zip.entries.findIndex(({ central }) =>
      central.name.equals(Buffer.from('storage/uploads.jsonl')),
    );
    this.zip.entries.splice(at, 0, storedEntry(entry, bytes, target === undefined ? 0o100644 : 0o120777));
    const line: IndexItem = {
      type: target === undefined ? 'file' : 'symlink',
      path: Buffer.from(path),
      entry,
      ...(target === undefined
        ? { content: { size: bytes.length, sha256: sha256(bytes) } }
        : { target: bytes }),
    };
    const index = Buffer.concat([
      this.read('storage/uploads.jsonl'),
      Buffer.from(encodeIndexItem(line, 'uploads')),
    ]);
    const manifest = this.manifest();
    const [storage] = manifest.storages;
    if (storage === undefined) throw new Error('The archive has no storage');
    if (target === undefined) {
      manifest.entries += 1;
      storage.files += 1;
      storage.bytes += bytes.length;
      const lines = this.read('SHA256SUMS')
        .toString()
        .split(/(?<=\n)/);
      const before = lines.findIndex((sum) => sum.endsWith('  storage/uploads.jsonl\n'));
      lines.splice(before, 0, `${sha256(bytes)}  ${entry}\n`);
      this.write('SHA256SUMS', Buffer.from(lines.join('')));
    } else {
      storage.symlinks += 1;
    }
    this.writeManifest(manifest);
    this.writeListed('storage/uploads.jsonl', index);
  }
}

/** Edits an archive and puts it together again. */
export function editArchive(bytes: Buffer, edit: (archive: EditedArchive) => void): Buffer {
  const zip = takeApart(bytes);
  edit(new EditedArchive(zip));
  return assemble(zip);
}

/** What is in an entry, whose data must be all of it. */
export function plainContent({ central, data }: ForgedEntry): Buffer {
  if (central.method === 0) return data;
  const { buffer, engine } = inflateRawSync(data, { info: true }) as unknown as {
    buffer: Buffer;
    engine: { bytesWritten: number };
  };
  if (engine.bytesWritten !== data.length) throw new Error('There are bytes behind the deflated data');
  return buffer;
}
