import type { Catalog } from '../object.ts';
import { type FamilyOrder, type FamilyTable, isMadeByCreation, orderFamily } from './inheritance-order.ts';
import type { Column } from './table-columns.ts';

export interface ColumnName {
  /** The table's oid. */
  readonly table: string;
  readonly column: string;
}

/** A column that its table gets by ALTER TABLE … ADD COLUMN, and with it all children that are there. */
export interface LateColumn extends ColumnName {
  /** The tables that get it, descendants first, the one that defines it last. */
  readonly tables: readonly string[];
  /** The tables that must be there before. */
  readonly afterTables: readonly string[];
  /** The late columns that must be there before, by the tables that define them. */
  readonly afterColumns: readonly ColumnName[];
}

/** How tables that inherit from each other are made, so that each has its columns in their order. */
export interface InheritancePlan {
  readonly lateColumns: readonly LateColumn[];
  /** Whether the table gets the column after CREATE TABLE. */
  isLate(table: string, column: string): boolean;
  /** Whether the table is made without its parents and given to them afterwards, by ALTER TABLE … INHERIT. */
  isAdopted(table: string): boolean;
  /** The late columns of other tables that must be there before CREATE TABLE. */
  before(table: string): readonly ColumnName[];
}

interface ParentRow extends Record<string, string | null> {
  child: string;
  parent: string;
  /** Whether both tables are made by statements of ours that name their columns. */
  is_own: string;
  /** Whether the child has constraints of its parents' that it does not define itself, too. */
  inherits_constraints: string;
}

/**
 * @param columns those of tables by the table's oid. A family with a table of an extension stays in the order of CREATE
 * TABLE, and so does one with a typed table, whose columns come with the type, and one that nothing brings into its order.
 * A child that defines all it has, in another order than its parents, was adopted; where no order does without, so was a
 * child whose first columns are its own.
 */
export async function readInheritancePlan(
  catalog: Catalog,
  columns: ReadonlyMap<string, readonly Column[]>,
): Promise<InheritancePlan> {
  const isOwn = (alias: string) =>
    `${alias}.reloftype = 0 AND ${catalog.isUserObject(`'pg_catalog.pg_class'::pg_catalog.regclass`, `${alias}.oid`)}`;
  const rows = await catalog.query<ParentRow>(`
    SELECT h.inhrelid AS child, h.inhparent AS parent, ${isOwn('c')} AND ${isOwn('p')} AS is_own,
      EXISTS (SELECT FROM pg_catalog.pg_constraint AS k WHERE k.conrelid = c.oid AND k.contype IN ('c', 'n')
        AND NOT k.conislocal) AS inherits_constraints
    FROM pg_catalog.pg_inherits AS h
    JOIN pg_catalog.pg_class AS c ON c.oid = h.inhrelid
    JOIN pg_catalog.pg_class AS p ON p.oid = h.inhparent
    WHERE c.relkind NOT IN ('i', 'I') AND NOT c.relispartition
    ORDER BY h.inhrelid, h.inhseqno`);
  const parents = new Map<string, string[]>();
  for (const { child, parent } of rows) {
    const list = parents.get(child);
    if (list === undefined) parents.set(child, [parent]);
    else list.push(parent);
  }
  const strange = new Set(rows.filter((row) => row.is_own === 'f').map(({ child }) => child));
  const dependent = new Set(rows.filter((row) => row.inherits_constraints === 't').map(({ child }) => child));
  // What may be null where the parent's may not would not be adopted.
  for (const [id, own] of columns) {
    if (own.some((column) => column.not_null === 'f' && column.parent_not_null === 't')) dependent.add(id);
  }
  const adopted = new Set<string>();
  const orders = familiesOf(parents).flatMap((ids) => {
    if (ids.some((id) => strange.has(id))) return [];
    const family = new Map(ids.map((id) => [id, familyTable(columns.get(id) ?? [], parents.get(id) ?? [])]));
    const odd = [...family].filter(
      ([id, table]) => table.parents.length > 0 && !dependent.has(id) && !isMadeByCreation(family, table),
    );
    const whole = odd.filter(([, { columns: own }]) => own.every(({ isLocal }) => isLocal));
    const withWhole = new Map([
      ...family,
      ...whole.map(([id, table]) => [id, { ...table, parents: [] }] as const),
    ]);
    const withAll = new Map([
      ...family,
      ...odd.map(([id, table]) => [id, { ...table, isAdopted: true }] as const),
    ]);
    const order = orderFamily(withWhole);
    const other = order === undefined && whole.length < odd.length ? orderFamily(withAll) : undefined;
    for (const [id] of other === undefined ? whole : odd) adopted.add(id);
    return order ?? other ?? [];
  });
  return createPlan(orders, columns, adopted);
}

function familyTable(columns: readonly Column[], parents: readonly string[]): FamilyTable {
  return {
    columns: columns.map(({ name, is_local, generated_from }) => ({
      name,
      isLocal: is_local === 't',
      generatedFrom: JSON.parse(generated_from) as string[],
    })),
    parents,
    isAdopted: false,
  };
}

function createPlan(
  orders: readonly FamilyOrder[],
  columns: ReadonlyMap<string, readonly Column[]>,
  adopted: ReadonlySet<string>,
): InheritancePlan {
  const lateColumns: LateColumn[] = [];
  const late = new Map<string, Set<string>>();
  const before = new Map<string, readonly ColumnName[]>();
  for (const { steps, arrival } of orders) {
    const tables = steps.filter(({ column }) => column === null).map(({ table }) => table);
    for (const step of steps) {
      const { table, column } = step;
      const needed = [...step.before];
      const afterColumns = needed.flatMap((other) =>
        other.column === null ? [] : [{ table: other.table, column: other.column }],
      );
      if (column === null) {
        before.set(table, afterColumns);
        continue;
      }
      const getting = tables.filter(
        (id) => columns.get(id)?.some(({ name }) => name === column) && arrival(id, column) === step,
      );
      for (const id of getting) late.set(id, (late.get(id) ?? new Set()).add(column));
      lateColumns.push({
        table,
        column,
        tables: getting.toReversed(),
        afterTables: needed.flatMap((other) => (other.column === null ? [other.table] : [])),
        afterColumns,
      });
    }
  }
  return {
    lateColumns,
    isLate: (table, column) => late.get(table)?.has(column) ?? false,
    isAdopted: (table) => adopted.has(table),
    before: (table) => before.get(table) ?? [],
  };
}

/** The ids of tables, grouped by what inherits from each other. */
function familiesOf(parents: ReadonlyMap<string, readonly string[]>): string[][] {
  const neighbours = new Map<string, string[]>();
  const link = (a: string, b: string): void => {
    const list = neighbours.get(a);
    if (list === undefined) neighbours.set(a, [b]);
    else list.push(b);
  };
  for (const [child, list] of parents) {
    for (const parent of list) {
      link(child, parent);
      link(parent, child);
    }
  }
  const families: string[][] = [];
  const seen = new Set<string>();
  for (const first of neighbours.keys()) {
    if (seen.has(first)) continue;
    const family = [first];
    seen.add(first);
    for (const id of family) {
      for (const next of neighbours.get(id) ?? []) {
        if (seen.has(next)) continue;
        seen.add(next);
        family.push(next);
      }
    }
    families.push(family);
  }
  return families;
}
