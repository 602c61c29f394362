import type { ArchiveReader } from '../../archive/archive.ts';
import { readIndex } from '../../archive/check-entries.ts';
import type { ManifestStorage } from '../../archive/manifest.ts';
import { matchTrees } from '../../core/glob.ts';
import type { Problem } from '../../core/problem.ts';
import type { StorageItem, StorageSize } from '../../storage/storage.ts';

/** The files of an archive that the globs of `--file` choose; without globs, all. */
export class FileSelection {
  /** Those that no file matched so far, each with its test. */
  readonly #unmatched: Map<string, (path: string) => boolean>;
  readonly #isChosen: ((path: string) => boolean) | null;

  constructor(globs: readonly string[]) {
    this.#unmatched = new Map(globs.map((glob) => [glob, matchTrees([glob])]));
    this.#isChosen = globs.length === 0 ? null : matchTrees(globs);
  }

  /** True for an item that is to be restored. A directory is in any case: it may hold what is chosen. */
  readonly isWanted = ({ type, path }: Pick<StorageItem, 'type' | 'path'>): boolean =>
    this.#isChosen === null || type === 'directory' || this.#isChosen(path.toString());

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
