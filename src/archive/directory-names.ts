import { decodeName, foldName, isShortEnough } from './entry-name.ts';
import type { EntryTable, ListedEntry } from './entry-table.ts';
import { STORAGE_DIRECTORY } from './layout.ts';
import { quoteName } from './quote-name.ts';

/** What is wrong with an entry's name, as a clause that follows the name; never returns. */
export type FailName = (name: string, what: string) => never;

/**
 * The names of a zip's entries, checked against each other: none comes twice, not even but for case or Unicode form, and
 * nothing lies below a name that is no directory. Whatever unpacks the zip can then not write one entry over another
 * or through a link.
 */
export class DirectoryNames {
  readonly #fail: FailName;
  readonly #table: EntryTable;
  /** Indexes in the table. */
  readonly #links: number[] = [];
  /** Those of storage entries whose names do not say their paths as they are. */
  readonly #encoded: number[] = [];

  constructor(table: EntryTable, fail: FailName) {
    this.#table = table;
    this.#fail = fail;
  }

  /** @param zipName as it is in the zip */
  checkSpelling(zipName: string): void {
    const segments = zipName.replace(/\/$/, '').split('/');
    if (!isShortEnough(zipName)) this.#fail(zipName, 'has a name that is too long');
    if (
      /[\p{Cc}\\]/u.test(zipName) ||
      /^[A-Za-z]:/.test(zipName) ||
      segments.some((segment) => segment === '' || segment === '.' || segment === '..')
    ) {
      this.#fail(zipName, 'has a name that is not allowed');
    }
  }

  /** Adds an entry to the table; false when there is no room for it. */
  add(entry: ListedEntry): boolean {
    const { name, type } = entry;
    const folded = foldName(name);
    const index = this.#table.findFolded(folded);
    if (index !== -1) {
      const other = this.#table.nameAt(index);
      if (other === name) this.#fail(name, 'is in it twice');
      this.#fail(name, `differs from ${quoteName(other)} only by case or form`);
    }
    if (type === 'symlink') this.#links.push(this.#table.length);
    if (name.includes('%') && isInStorage(name)) this.#encoded.push(this.#table.length);
    return this.#table.append(entry, folded);
  }

  /** What can be checked when all names are known. */
  finish(): void {
    this.#checkParents();
    this.#checkPaths();
    if (this.#links.length > 0) this.#checkLinks();
  }

  #checkParents(): void {
    // Entries of one directory mostly follow each other.
    let lastParent = '';
    for (let index = 0; index < this.#table.length; index++) {
      const name = this.#table.nameAt(index);
      const parent = parentOf(name);
      if (parent === lastParent) continue;
      lastParent = parent;
      for (const directory of withParents(foldName(parent))) {
        const other = this.#table.findFolded(directory);
        if (other !== -1 && this.#table.typeAt(other) !== 'directory')
          this.#fail(name, `lies below ${quoteName(this.#table.nameAt(other))}, which is no directory`);
      }
    }
  }

  /** Two names of a storage must not stand for one path: `%41` would be `A`. */
  #checkPaths(): void {
    const paths = new Set<string>();
    for (const index of this.#encoded) {
      const name = this.#table.nameAt(index);
      const bytes = decodeName(name);
      const path = bytes.toString('latin1');
      const other = this.#table.findFolded(foldName(bytes.toString()));
      const plain = other === -1 ? name : this.#table.nameAt(other);
      const isPlain = plain !== name && decodeName(plain).equals(bytes);
      if (isPlain || paths.has(path)) this.#fail(name, 'stands for the same path as another');
      paths.add(path);
    }
  }

  /** No path of a storage leads through one of its links, however the names are spelled. */
  #checkLinks(): void {
    const links = new Set(
      this.#links.map((index) => decodeName(this.#table.nameAt(index)).toString('latin1')),
    );
    let lastParent = '';
    for (let index = 0; index < this.#table.length; index++) {
      const name = this.#table.nameAt(index);
      const parent = parentOf(decodeName(name).toString('latin1'));
      if (parent === lastParent) continue;
      lastParent = parent;
      for (const directory of withParents(parent)) {
        if (links.has(directory)) this.#fail(name, 'has a path that leads through a link');
      }
    }
  }
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}

function isInStorage(name: string): boolean {
  return name.startsWith(`${STORAGE_DIRECTORY}/`);
}

/** A directory and all above it: `a/b`, then `a`. */
function* withParents(directory: string): Generator<string, void, void> {
  for (let end = directory.length; end > 0; end = directory.lastIndexOf('/', end - 1)) {
    yield directory.slice(0, end);
  }
}
