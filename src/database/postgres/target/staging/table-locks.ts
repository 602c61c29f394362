import type { Statement } from '../../../engine.ts';

/** How much of a table a statement needs for itself: `shared` goes along with others of that kind. */
export type LockMode = 'shared' | 'exclusive';

/** What a statement locks. Two statements can run side by side unless they share a key that is `exclusive` to one. */
export type Locks = Map<string, LockMode>;

/**
 * Knows which tables the statements behind the rows lock: those of indexes, keys and foreign keys, of which nothing else is
 * affected. All other statements are to be run alone.
 */
export class TableLocks {
  /** For each table or partition its parent or one of its partitions, towards the one that stands for the family. */
  readonly #families = new Map<number, number>();
  readonly #tables = new Map<string, number>();
  readonly #names = new Map<number, string>();

  /** Learns what a statement makes. To be told of every statement, in their order. */
  note({ object, about }: Statement): void {
    if (object === undefined || about === undefined) return;
    if (['TABLE', 'MATERIALIZED VIEW', 'FOREIGN TABLE'].includes(about.kind)) {
      const key = keyOf(about.schema, about.name);
      this.#tables.set(key, object);
      this.#names.set(object, key);
    }
    // A table and those that it inherits from, a partition and its partitioned table: who locks one may lock the other.
    if (about.kind === 'TABLE')
      for (const other of [...(about.needs ?? []), ...(about.comesWith ?? [])]) {
        if (this.#names.has(other)) this.#join(object, other);
      }
    if (about.kind === 'TABLE ATTACH') {
      const [first, ...others] = (about.partOf ?? []).filter((whole) => this.#names.has(whole));
      for (const other of others) this.#join(first as number, other);
    }
  }

  /** Null for a statement that has to run alone. */
  locksOf(statement: Statement): Locks | null {
    const { about, sql } = statement;
    if (about === undefined) return null;
    const own = this.#tables.get(keyOf(about.schema, about.table ?? about.name));
    if (own === undefined) return null;
    const locks: Locks = new Map();
    const lock = (object: number, family: LockMode, table: LockMode): void => {
      locks.set(`family ${this.#familyOf(object)}`, family);
      locks.set(`table ${object}`, table);
    };
    if (about.kind === 'INDEX' && /^CREATE (UNIQUE )?INDEX /.test(sql)) {
      lock(own, 'shared', 'shared');
      return locks;
    }
    if (!sql.startsWith('ALTER TABLE ONLY ')) return null;
    if (about.kind === 'CONSTRAINT') {
      lock(own, 'shared', 'exclusive');
      return locks;
    }
    if (about.kind !== 'FK CONSTRAINT') return null;
    const wholes = about.partOf ?? [];
    if (wholes.length === 0 || !wholes.every((whole) => this.#names.has(whole))) return null;
    for (const whole of [own, ...wholes]) lock(whole, 'exclusive', 'exclusive');
    return locks;
  }

  #join(left: number, right: number): void {
    this.#families.set(this.#familyOf(left), this.#familyOf(right));
  }

  #familyOf(object: number): number {
    let at = object;
    for (
      let next = this.#families.get(at);
      next !== undefined && next !== at;
      next = this.#families.get(at)
    ) {
      at = next;
    }
    return at;
  }
}

/** A table's name, in no danger of being taken for another's. */
export function keyOf(schema: string | null, name: string): string {
  return JSON.stringify([schema, name]);
}
