import { isUtf8 } from 'node:buffer';
import { HoldfastError } from '../core/errors.ts';
import type { ItemAttributes } from '../core/item-attributes.ts';
import type { AddedEntry, EntryType } from './archive.ts';
import { readLines } from './byte-reader.ts';
import { decodeName } from './entry-name.ts';
import { decodeAttributes, defined, readAttributes, spellAttributes } from './item-attributes.ts';
import { JsonObject } from './json-object.ts';
import { storageDirectory } from './layout.ts';

/** One file, directory or link of a storage, as its line of `storage/<name>.jsonl` tells it. */
export interface IndexItem extends ItemAttributes {
  readonly type: EntryType;
  /** Its path below the storage's root as the source spells it, in bytes. */
  readonly path: Buffer;
  /** The name of its entry. */
  readonly entry: string;
  /** What is in its entry, for a file. */
  readonly content?: AddedEntry;
  /** Where a symlink points, in bytes as it is spelled. */
  readonly target?: Buffer;
  readonly metadata?: Readonly<Record<string, unknown>>;
  /** Why the content is not whole. */
  readonly problem?: string;
}

const LINE_LIMIT = 1024 * 1024;

/** An item's line, with its newline. */
export function encodeIndexItem(item: IndexItem, storage: string): string {
  const path = textOf(item.path);
  const target = item.target === undefined ? undefined : textOf(item.target);
  const { mode, mtime, uid, gid, owner, group } = spellAttributes(item);
  // JSON leaves out what is undefined.
  const line = {
    path,
    pathBytes: path === undefined ? item.path.toString('base64') : undefined,
    entry: path !== undefined && item.entry === plainEntryName(storage, path) ? undefined : item.entry,
    type: item.type,
    size: item.content?.size,
    sha256: item.content?.sha256,
    mode,
    mtime,
    uid,
    gid,
    owner,
    group,
    target,
    targetBytes: target === undefined ? item.target?.toString('base64') : undefined,
    metadata: item.metadata,
    problem: item.problem,
  };
  return `${JSON.stringify(line)}\n`;
}

/**
 * The items of `storage/<name>.jsonl`, in the order of their entries.
 * @throws HoldfastError `damaged`
 */
export async function* decodeIndex(
  chunks: AsyncIterable<Uint8Array>,
  storage: string,
): AsyncGenerator<IndexItem, void, void> {
  const name = `${storageDirectory(storage)}.jsonl`;
  const fail = (line: number): HoldfastError =>
    new HoldfastError('damaged', `Line ${line} of ${name} has no end or is too long.`);
  let number = 0;
  for await (const line of readLines(chunks, LINE_LIMIT, fail)) {
    number++;
    yield decodeItem(JsonObject.parse(line, `line ${number} of ${name}`), storage);
  }
}

function decodeItem(line: JsonObject, storage: string): IndexItem {
  const type = line.match('type', /^(file|directory|symlink)$/, 'file, directory or symlink') as EntryType;
  const path = decodeBytes(line, 'path');
  const entry = line.optionalText('entry') ?? plainEntryName(storage, path.toString());
  const prefix = `${storageDirectory(storage)}/`;
  if (
    path.length === 0 ||
    !entry.startsWith(prefix) ||
    !decodeName(entry.slice(prefix.length)).equals(path)
  ) {
    throw new HoldfastError('damaged', `entry of ${line.name} does not stand for its path.`);
  }
  return defined({
    type,
    path,
    entry,
    content: type === 'file' ? { size: line.count('size'), sha256: line.sha256('sha256') } : undefined,
    ...decodeAttributes(readAttributes(line)),
    target: type === 'symlink' ? decodeBytes(line, 'target') : undefined,
    metadata: line.has('metadata') ? line.object('metadata').plain() : undefined,
    problem: line.optionalText('problem'),
  });
}

function plainEntryName(storage: string, path: string): string {
  return `${storageDirectory(storage)}/${path}`;
}

/** Bytes as text where they are UTF-8; what is not stands in base64 under the field's name and `Bytes`. */
function textOf(bytes: Buffer): string | undefined {
  return isUtf8(bytes) ? bytes.toString() : undefined;
}

function decodeBytes(line: JsonObject, field: string): Buffer {
  if (line.has(field)) return Buffer.from(line.text(field));
  const base64 = line.match(`${field}Bytes`, /^[A-Za-z0-9+/]+={0,2}$/, 'base64');
  return Buffer.from(base64, 'base64');
}
