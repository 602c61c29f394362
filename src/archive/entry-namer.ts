import { HoldfastError } from '../core/errors.ts';
import { printable } from '../core/printable.ts';
import { DATA_DIRECTORY } from './layout.ts';
import type { NameUnit } from './entry-name.ts';
import { foldName, isPlainSegment, segmentUnits, spell, splitPath, tableUnits } from './entry-name.ts';

/** The names given out in one directory. No two are equal, not even but for case or Unicode form. */
class Siblings {
  readonly #taken = new Set<string>();

  /** Takes a plain segment as it is; false when it is not to be had. */
  takePlain(segment: string): boolean {
    const key = segment.toLowerCase();
    if (this.#taken.has(key)) return false;
    this.#taken.add(key);
    return true;
  }

  /** Spells `units`, encoding as many of the first ones as it takes to be unique; null when that does not help. */
  take(units: readonly NameUnit[]): string | null {
    for (let encodedUnits = 0; encodedUnits <= units.length; encodedUnits++) {
      const name = spell(units, encodedUnits);
      const key = foldName(name);
      if (!this.#taken.has(key)) {
        this.#taken.add(key);
        return name;
      }
    }
    return null;
  }
}

interface Level {
  /** The segment as the source spells it. */
  readonly segment: Buffer;
  /** The encoded path of this directory, with a slash after it. */
  readonly prefix: string;
  readonly siblings: Siblings;
}

/**
 * Gives each path of a storage its entry name: unique, portable, and decoded by `decodeName` to the path's bytes.
 * Paths come with all below one directory in one run, so only the names of the current branch are kept.
 */
export class EntryNamer {
  readonly #root: Level;
  #branch: Level[] = [];
  /** The directory of the last name, by its path in bytes (latin1): most paths lie in the one of the path before. */
  #last: { readonly directory: string; readonly level: Level } | null = null;

  /** @param directory what stands before every path: `storage/uploads` */
  constructor(directory: string) {
    this.#root = { segment: Buffer.alloc(0), prefix: `${directory}/`, siblings: new Siblings() };
  }

  /**
   * @param path bytes with `/` between segments; not empty
   * @throws HoldfastError `failed` when the path came before
   */
  name(path: Buffer, type: 'file' | 'directory' | 'symlink'): string {
    if (path.length === 0) throw new HoldfastError('failed', 'An empty path cannot be named.');
    const text = path.toString('latin1');
    const end = text.lastIndexOf('/');
    const directory = text.slice(0, end + 1);
    const last = text.slice(end + 1);
    const known = this.#last;
    if (type !== 'directory' && known?.directory === directory && isPlainSegment(last)) {
      const { siblings, prefix } = known.level;
      if (siblings.takePlain(last)) return prefix + last;
    }
    return this.#nameAny(path, type, { directory, last });
  }

  /** @param plain the path of the directory and the last segment, in bytes */
  #nameAny(
    path: Buffer,
    type: 'file' | 'directory' | 'symlink',
    plain: { readonly directory: string; readonly last: string },
  ): string {
    const segments = splitPath(path);
    let depth = 0;
    while (depth < segments.length - 1 && this.#branch[depth]?.segment.equals(segments[depth]!)) depth++;
    this.#branch.length = Math.min(this.#branch.length, depth);
    for (;;) {
      const parent = this.#branch.at(-1) ?? this.#root;
      const segment = segments[depth]!;
      const isLast = depth === segments.length - 1;
      const name = parent.siblings.take(segmentUnits(segment));
      if (name !== null) {
        // What object stores take may have segments of slashes: such directories are not remembered.
        if (isLast) {
          const { directory, last } = plain;
          this.#last = segment.toString('latin1') === last ? { directory, level: parent } : null;
        }
        if (isLast && type !== 'directory') return parent.prefix + name;
        this.#branch.push({ segment, prefix: `${parent.prefix}${name}/`, siblings: new Siblings() });
        if (isLast) return parent.prefix + name;
        depth++;
      } else if (isLast) {
        throw new HoldfastError('failed', `${printable(path)} was listed twice.`);
      } else {
        // An object store can hold `x` and `x/y`. Where `x` has nothing left to encode, the slash is encoded too.
        segments.splice(depth, 2, Buffer.concat([segment, Buffer.from('/'), segments[depth + 1]!]));
      }
    }
  }
}

/** Gives each table the directory of its parts: `database/data/public.users`. */
export class TableNamer {
  readonly #siblings = new Siblings();

  /** @throws HoldfastError `failed` when the table came before */
  name(schema: string, table: string): string {
    const name = this.#siblings.take(tableUnits(schema, table));
    if (name === null) {
      throw new HoldfastError('failed', `The table ${printable(`${schema}.${table}`)} was listed twice.`);
    }
    return `${DATA_DIRECTORY}/${name}`;
  }
}
