import { openFileReader as openLocalReader } from './local/file-reader.ts';
import type { FileReader } from './storage.ts';

/** The readers of files for threads, by kind of storage. Apart from the registry, so that threads load nothing else of a storage. */
const READERS: Readonly<Record<string, (place: unknown) => FileReader>> = { local: openLocalReader };

/** Opens a reader at the place of a source of that kind that has `threaded` files. */
export function openFileReader(kind: string, place: unknown): FileReader {
  const open = READERS[kind];
  if (open === undefined) throw new Error(`No threads read files of the kind ${kind}`);
  return open(place);
}
