import { nameList } from '../../../../core/name-lists.ts';
import { printable } from '../../../../core/printable.ts';
import { type ForeignKey, isForeignKey } from './foreign-keys.ts';
import type { ReadTable } from './read-table.ts';

export interface OtherTables {
  readonly isLeftOut: (name: string) => boolean;
  /** Whether the database has a table, in capital or small letters: that depends on the server. */
  readonly exists: (name: string) => boolean;
}

/**
 * A table's definition without the foreign keys to tables that are left out, or that do not exist any more: those would refer
 * to the database that a restore makes it in. It says so for people.
 */
export function withoutForeignKeys(table: ReadTable, { isLeftOut, exists }: OtherTables): ReadTable {
  const { text, listed, foreignKeys } = table;
  const others = foreignKeys.filter((key) => key.database === null && key.table !== listed.name);
  const excluded = others.filter((key) => isLeftOut(key.table));
  const dangling = others.filter((key) => !excluded.includes(key) && !exists(key.table));
  const lost = new Set([...excluded, ...dangling]);
  if (lost.size === 0) return table;
  const keys = text.elements.filter(isForeignKey);
  const lostElements = new Set([...lost].map((key) => keys[foreignKeys.indexOf(key)]));
  const own = printable(listed.name);
  return {
    ...table,
    text: { ...text, elements: text.elements.filter((element) => !lostElements.has(element)) },
    foreignKeys: foreignKeys.filter((key) => !lost.has(key)),
    warnings: [
      ...table.warnings,
      ...(excluded.length > 0
        ? [`Left out with --exclude-table: of table ${own} the foreign key ${lacking(excluded)}`]
        : []),
      ...(dangling.length > 0
        ? [
            `Left out for it does not work: of table ${own} the foreign key ${lacking(dangling)}, which does not exist`,
          ]
        : []),
    ],
  };
}

function lacking(keys: readonly ForeignKey[]): string {
  return nameList(keys.map((key) => `${printable(key.name)}, which lacks table ${printable(key.table)}`));
}
