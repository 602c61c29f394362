import { randomBytes } from 'node:crypto';
import { stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { localStorage } from '../../../src/storage/local/local.ts';
import type { SwapFacts } from '../../../src/storage/local/swap.ts';
import type { ItemProblem, StorageItem, StorageSource, StorageTarget } from '../../../src/storage/storage.ts';
import { recordingReporter } from '../../support/recording-reporter.ts';

/** The signal of work that nobody stops. */
export const UNSTOPPED = new AbortController().signal;

export function openSource(
  location: string,
  reporter = recordingReporter(),
  exclude = (_path: string): boolean => false,
): Promise<StorageSource> {
  return localStorage.openSource({ location, reporter, exclude, signal: UNSTOPPED });
}

export function openTarget(
  location: string,
  reporter = recordingReporter(),
  replace = true,
): Promise<StorageTarget> {
  return localStorage.openTarget({
    location,
    reporter,
    signal: UNSTOPPED,
    storage: 'uploads',
    replace,
    token: randomBytes(6).toString('hex'),
  });
}

/** Everything that a directory holds, with the problems as `path: reason`. */
export async function listAll(
  source: StorageSource,
): Promise<{ items: StorageItem[]; paths: string[]; problems: string[] }> {
  const problems: string[] = [];
  const note = ({ path, reason }: ItemProblem): number => problems.push(`${path.toString()}: ${reason}`);
  const items = await Array.fromAsync(source.list(note));
  return { items, paths: items.map(({ path }) => path.toString()), problems };
}

export function fileItem(path: string | Buffer, attributes: Partial<StorageItem> = {}): StorageItem {
  return { type: 'file', path: Buffer.from(path), size: 0, ...attributes };
}

export function directoryItem(path: string | Buffer, attributes: Partial<StorageItem> = {}): StorageItem {
  return { type: 'directory', path: Buffer.from(path), size: 0, ...attributes };
}

export function linkItem(path: string | Buffer, target: string | Buffer): StorageItem {
  return { type: 'symlink', path: Buffer.from(path), size: 0, target: Buffer.from(target) };
}

export function bytes(content: string): Readable {
  return Readable.from([Buffer.from(content)]);
}

/** Copies all that one directory holds to another, as backup and restore do. */
export async function copy(from: string, to: string, reporter = recordingReporter()): Promise<void> {
  const source = await openSource(from, reporter);
  const target = await openTarget(to, reporter);
  await target.begin();
  const fail = ({ path, reason }: ItemProblem): never => {
    throw new Error(`${path.toString()}: ${reason}`);
  };
  for await (const item of source.list(fail)) {
    await target.put(item, item.type === 'file' ? (await source.open(item)).content : null);
  }
  await target.finish(null);
  await target.swap();
  await target.drop();
}

/** A path below a folder whose last part is given as bytes. */
export function bytePath(folder: string, name: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(join(folder, '/')), name]);
}

/** Restores items; each file holds `x`. */
export async function putAll(location: string, items: readonly StorageItem[]): Promise<void> {
  const target = await openTarget(location);
  await target.begin();
  for (const item of items) await target.put(item, item.type === 'file' ? bytes('x') : null);
  await target.finish(null);
  await target.swap();
  await target.drop();
}

/** Writes a file at a time that the file system tells from the one at which a tree was staged. */
export async function writeLater(path: string, content: string, { staged }: SwapFacts): Promise<void> {
  do await writeFile(path, content);
  while ((await stat(path, { bigint: true })).ctimeNs <= (staged?.completed ?? 0n));
}
