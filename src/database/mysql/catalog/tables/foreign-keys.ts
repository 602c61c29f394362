import type { Element, TableText } from './show-create-table.ts';

export interface ForeignKey {
  /** Its constraint's. */
  readonly name: string;
  readonly columns: readonly string[];
  /** The database of the table that it refers to; null for the own one. */
  readonly database: string | null;
  readonly table: string;
  readonly references: readonly string[];
}

/** The foreign keys in a table's definition. */
export function readForeignKeys({ elements }: TableText): ForeignKey[] {
  return elements.filter(isForeignKey).map(({ tokens }) => {
    const names = (from: number, until: number, depth: number): string[] =>
      tokens
        .slice(from, until)
        .filter((token) => token.kind === 'name' && token.depth === depth)
        .map(({ value }) => value);
    const start = wordAt(tokens, 'FOREIGN');
    const middle = wordAt(tokens, 'REFERENCES');
    const target = names(middle, tokens.length, 0);
    return {
      name: names(0, start, 0)[0] ?? '',
      columns: names(start, middle, 1),
      database: target.length > 1 ? target[0]! : null,
      table: target.at(-1)!,
      references: names(middle, tokens.length, 1),
    };
  });
}

export function isForeignKey({ column, tokens }: Element): boolean {
  return column === null && wordAt(tokens, 'FOREIGN') !== -1 && wordAt(tokens, 'REFERENCES') !== -1;
}

function wordAt(tokens: Element['tokens'], word: string): number {
  return tokens.findIndex(({ kind, value, depth }) => kind === 'word' && depth === 0 && value === word);
}

/** The columns that foreign keys refer to, by table. */
export class ReferencedColumns {
  readonly #columns = new Map<string, Set<string>>();

  add(foreignKeys: readonly ForeignKey[]): void {
    for (const { database, table, references } of foreignKeys) {
      if (database !== null) continue;
      const columns = this.#columns.get(table) ?? new Set();
      for (const column of references) columns.add(column);
      this.#columns.set(table, columns);
    }
  }

  of(table: string): ReadonlySet<string> {
    return this.#columns.get(table) ?? new Set();
  }
}
