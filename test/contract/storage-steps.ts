import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { expect } from 'vitest';
import type {
  ItemProblem,
  Storage,
  StorageItem,
  StorageSource,
  StorageTarget,
} from '../../src/storage/storage.ts';
import { recordingReporter } from '../support/recording-reporter.ts';
import type { Content } from './storage-sample.ts';

/** What the suite needs to know of a storage. */
export interface StorageSubject {
  readonly storage: Storage;
  /** A place of its own for the test that runs now, at which there is nothing yet. */
  newLocation(): Promise<string>;
  /** Names of what lies beside that place: whatever a restore leaves there. */
  leftBeside(location: string): Promise<string[]>;
  /** The types of items that it can hold. */
  readonly types: readonly StorageItem['type'][];
}

export function openSource(
  subject: StorageSubject,
  location: string,
  options: {
    exclude?: (path: string) => boolean;
    signal?: AbortSignal;
    reporter?: ReturnType<typeof recordingReporter>;
  } = {},
): Promise<StorageSource> {
  const {
    exclude = () => false,
    signal = new AbortController().signal,
    reporter = recordingReporter(),
  } = options;
  return subject.storage.openSource({ location, exclude, signal, reporter });
}

export function openTarget(
  subject: StorageSubject,
  location: string,
  signal = new AbortController().signal,
  replace = true,
): Promise<StorageTarget> {
  return subject.storage.openTarget({
    location,
    signal,
    reporter: recordingReporter(),
    storage: 'sample',
    replace,
    token: randomBytes(6).toString('hex'),
  });
}

export async function collect(source: StorageSource, problems: ItemProblem[] = []): Promise<StorageItem[]> {
  return Array.fromAsync(source.list((problem) => problems.push(problem)));
}

export async function stage(target: StorageTarget, contents: readonly Content[]): Promise<void> {
  await target.begin();
  await put(target, contents);
  await target.finish(null);
}

export async function put(target: StorageTarget, contents: readonly Content[]): Promise<void> {
  for (const { item, bytes } of contents)
    await target.put(item, bytes === null ? null : Readable.from([bytes]));
}

export async function restore(
  subject: StorageSubject,
  location: string,
  contents: readonly Content[],
): Promise<void> {
  const target = await openTarget(subject, location);
  await stage(target, contents);
  await target.swap();
  await target.drop();
}

export async function readAll(
  subject: StorageSubject,
  location: string,
  exclude?: (path: string) => boolean,
): Promise<{ contents: Content[]; problems: ItemProblem[]; warnings: string[] }> {
  const reporter = recordingReporter();
  const source = await openSource(subject, location, { exclude, reporter });
  const problems: ItemProblem[] = [];
  const contents: Content[] = [];
  for (const item of await collect(source, problems)) {
    if (item.type !== 'file') {
      contents.push({ item, bytes: null });
      continue;
    }
    const opened = await source.open(item);
    contents.push({ item: opened.item, bytes: await buffer(opened.content) });
    expect(await opened.check()).toBeNull();
  }
  await source.close();
  return { contents, problems, warnings: reporter.warnings };
}

export async function textOf(
  subject: StorageSubject,
  location: string,
  path: string,
): Promise<string | undefined> {
  const { contents } = await readAll(subject, location);
  return contents.find(({ item }) => item.path.toString() === path)?.bytes?.toString();
}
