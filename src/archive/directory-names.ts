import type { EntryType } from './archive.ts';
import { decodeName, foldName, isShortEnough } from './entry-name.ts';
import { STORAGE_DIRECTORY } from './layout.ts';
import { quoteName } from './quote-name.ts';

/** What is wrong with an entry's name, as a clause that follows the name; never returns. */
export type FailName = (name: string, what: string) => never;

interface Listed {
  /** Without the slash at the end of a directory's. */
  readonly name: string;
  readonly type: EntryType;
}

/**
 * The names of a zip's entries, checked against each other: none comes twice, not even but for case or Unicode form, and
 * nothing lies below a name that is no directory. Whatever unpacks the zip can then not write one entry over another
 * or through a link.
 */
export class DirectoryNames {
  readonly #fail: FailName;
  /** By their folded form. */
  readonly #listed = new Map<string, Listed>();
  readonly #links: Listed[] = [];
  /** Storage entries whose names do not say their paths as they are. */
  readonly #encoded: Listed[] = [];

  constructor(fail: FailName) {
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

  add(entry: Listed): void {
    const { name, type } = entry;
    const key = foldName(name);
    const other = this.#listed.get(key);
    if (other?.name === name) this.#fail(name, 'is in it twice');
    if (other !== undefined) this.#fail(name, `differs from ${quoteName(other.name)} only by case or form`);
    this.#listed.set(key, entry);
    if (type === 'symlink') this.#links.push(entry);
    if (name.includes('%') && isInStorage(name)) this.#encoded.push(entry);
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
    for (const [key, { name }] of this.#listed) {
      const parent = parentOf(key);
      if (parent === lastParent) continue;
      lastParent = parent;
      for (const directory of withParents(parent)) {
        const other = this.#listed.get(directory);
        if (other !== undefined && other.type !== 'directory')
          this.#fail(name, `lies below ${quoteName(other.name)}, which is no directory`);
      }
    }
  }

  /** Two names of a storage must not stand for one path: `%41` would be `A`. */
  #checkPaths(): void {
    const paths = new Set<string>();
    for (const { name } of this.#encoded) {
      const bytes = decodeName(name);
      const path = bytes.toString('latin1');
      const plain = this.#listed.get(foldName(bytes.toString()))?.name;
      const isPlain = plain !== undefined && plain !== name && decodeName(plain).equals(bytes);
      if (isPlain || paths.has(path)) this.#fail(name, 'stands for the same path as another');
      paths.add(path);
    }
  }

  /** No path of a storage leads through one of its links, however the names are spelled. */
  #checkLinks(): void {
    const links = new Set(this.#links.map(({ name }) => decodeName(name).toString('latin1')));
    let lastParent = '';
    for (const { name } of this.#listed.values()) {
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
