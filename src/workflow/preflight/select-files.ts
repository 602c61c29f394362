import type { ArchiveReader } from '../../archive/archive.ts';
import { readIndex } from '../../archive/check-entries.ts';
import type { ManifestStorage } from '../../archive/manifest.ts';
import type { IndexItem } from '../../archive/storage-index.ts';
import { matchTrees } from '../../core/glob.ts';
import type { Problem } from '../../core/problem.ts';
import type { StorageSize } from '../../storage/storage.ts';

const SLASH = 0x2f;

/** The files of an archive that the globs of `--file` choose; without globs, all. */
export class FileSelection {
  /** Those that no file matched so far, each with its test. */
  readonly #unmatched: Map<string, (path: string) => boolean>;
  readonly #isChosen: ((path: string) => boolean) | null;

  constructor(globs: readonly string[]) {
    this.#unmatched = new Map(globs.map((glob) => [glob, matchTrees([glob])]));
    this.#isChosen = globs.length === 0 ? null : matchTrees(globs);
  }

  /** The items of a storage that are to be restored: what is chosen, and the directories that it lies in. */
  async *itemsIn(archive: ArchiveReader, storage: string): AsyncGenerator<IndexItem, void, void> {
    // A directory stands before all that it holds: these are above the item, and nothing has needed them yet.
    const above: IndexItem[] = [];
    for await (const item of readIndex(archive, storage)) {
      while (above.length > 0 && !liesIn(item, above.at(-1))) above.pop();
      if (this.#isChosen === null || this.#isChosen(item.path.toString())) {
        yield* above.splice(0);
        yield item;
      } else if (item.type === 'directory') above.push(item);
    }
  }

  /** How much of a storage is chosen. */
  async sizeIn(
    archive: ArchiveReader,
    { name, files, bytes }: ManifestStorage,
    signal: AbortSignal,
  ): Promise<StorageSize> {
    if (this.#isChosen === null) return { files, bytes };
    const chosen = { files: 0, bytes: 0 };
    for await (const { type, path, content } of readIndex(archive, name)) {
      signal.throwIfAborted();
      const text = path.toString();
      if (type === 'directory' || !this.#isChosen(text)) continue;
      if (type === 'file') chosen.files += 1;
      chosen.bytes += content?.size ?? 0;
      for (const [glob, matches] of this.#unmatched) if (matches(text)) this.#unmatched.delete(glob);
    }
    return chosen;
  }

  /** The globs that no file of the storages asked for matches: what was asked for would silently not be there. */
  unmatched(): Problem[] {
    return [...this.#unmatched.keys()].map((glob) => ({
      message: `no file in the archive matches --file ${glob}`,
      hint: 'a pattern with a slash is held against the whole path, one without against the last part of it',
    }));
  }
}

function liesIn({ path }: IndexItem, directory: IndexItem | undefined): boolean {
  if (directory === undefined) return false;
  const { length } = directory.path;
  return path.subarray(0, length).equals(directory.path) && path[length] === SLASH;
}
