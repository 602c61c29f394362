/** A table as far as inheritance goes. Partitions are made alone and attached later: they have no parents here. */
export interface FamilyTable {
  readonly columns: readonly FamilyColumn[];
  /** Ids, in the order of INHERITS. */
  readonly parents: readonly string[];
  /** Whether it is made alone and given to its parents then: it has the order of its first columns, its own, to itself. */
  readonly isAdopted: boolean;
}

export interface FamilyColumn {
  readonly name: string;
  readonly isLocal: boolean;
  /** The columns that the expression needs which generates it. */
  readonly generatedFrom: readonly string[];
}

/** What makes a table, or gives it and all its children a column. */
export interface Step {
  readonly table: string;
  /** Null for CREATE TABLE. */
  readonly column: string | null;
  readonly before: ReadonlySet<Step>;
}

/** The steps that make a family of tables. */
export interface FamilyOrder {
  /** In an order in which each comes after those it needs. */
  readonly steps: readonly Step[];
  /** The step that brings a column of a table. */
  arrival(table: string, column: string): Step;
}

/**
 * How to make the tables of a family by inheritance, so that each gets its columns in its order. CREATE TABLE puts the
 * columns of parents first, and ADD COLUMN puts a column last in the table and all its children: when a parent got a
 * column after a child was made, so it must again.
 *
 * @param family by id, with all parents
 * @returns undefined where CREATE TABLE alone does it, or where no order does it
 */
export function orderFamily(family: ReadonlyMap<string, FamilyTable>): FamilyOrder | undefined {
  const early = countEarlyColumns(family);
  if ([...family].every(([id, { columns }]) => early.get(id) === columns.length)) return undefined;

  const before = new Map<Step, Set<Step>>();
  const created = new Map<string, Step>();
  const added = new Map<string, Step>();
  const newStep = (table: string, column: string | null): Step => {
    const needed = new Set<Step>();
    const step = { table, column, before: needed };
    before.set(step, needed);
    return step;
  };
  for (const id of family.keys()) created.set(id, newStep(id, null));
  const arrival = (id: string, column: string): Step => {
    const { columns, parents } = family.get(id) as FamilyTable;
    const at = columns.findIndex(({ name }) => name === column);
    if (at < (early.get(id) as number)) return created.get(id) as Step;
    const first = columns[at]?.isLocal ? undefined : firstArrival(parents, column);
    if (first !== undefined) return first;
    const key = `${id} ${column}`;
    const step = added.get(key) ?? newStep(id, column);
    added.set(key, step);
    return step;
  };
  /** Of what parents bring: the step of a table comes before those of its ancestors, which find the column there. */
  const firstArrival = (parents: readonly string[], column: string): Step | undefined => {
    const steps = parents.filter((id) => hasColumn(family, id, column)).map((id) => arrival(id, column));
    return steps.find((step) => !steps.some((other) => descendsFrom(family, other.table, step.table)));
  };
  const bind = (first: Step, then: Step): void => {
    if (first !== then) before.get(then)?.add(first);
  };

  for (const [id, { columns, parents }] of family) {
    const creation = created.get(id) as Step;
    for (const parent of parents) bind(created.get(parent) as Step, creation);
    let previous = creation;
    for (const [at, { name }] of columns.entries()) {
      const isEarly = at < (early.get(id) as number);
      const step = arrival(id, name);
      for (const parent of parents) {
        if (!hasColumn(family, parent, name)) continue;
        if (isEarly) bind(arrival(parent, name), creation);
        else bind(step, arrival(parent, name));
      }
      bind(previous, step);
      previous = step;
    }
  }
  const steps = inOrder([...before.keys()]);
  return steps && areGeneratedLast(family, early) ? { steps, arrival } : undefined;
}

/** Whether each column comes after those that it is generated from, or CREATE TABLE makes them all. */
function areGeneratedLast(
  family: ReadonlyMap<string, FamilyTable>,
  early: ReadonlyMap<string, number>,
): boolean {
  return [...family].every(([id, { columns }]) =>
    columns.every(({ generatedFrom }, at) =>
      generatedFrom.every(
        (needed) => columns.findIndex(({ name }) => name === needed) < Math.max(at, early.get(id) as number),
      ),
    ),
  );
}

/**
 * How many of each table's first columns CREATE TABLE makes: as many as it brings into their order. What a child gets
 * later its parents get later.
 */
function countEarlyColumns(family: ReadonlyMap<string, FamilyTable>): Map<string, number> {
  const early = new Map([...family].map(([id, { columns }]) => [id, columns.length]));
  for (let isSettled = false; !isSettled;) {
    isSettled = true;
    for (const [id, table] of family) {
      const known = early.get(id) as number;
      let count = known;
      while (!isMadeInOrder(family, table, count)) count -= 1;
      if (count < known) isSettled = false;
      early.set(id, count);
      for (const { name } of table.columns.slice(count)) {
        for (const parent of table.parents) {
          const at = family.get(parent)?.columns.findIndex((column) => column.name === name) ?? -1;
          if (at < 0 || at >= (early.get(parent) as number)) continue;
          early.set(parent, at);
          isSettled = false;
        }
      }
    }
  }
  return early;
}

/** Whether CREATE TABLE … INHERITS brings all columns of a table into their order. */
export function isMadeByCreation(family: ReadonlyMap<string, FamilyTable>, table: FamilyTable): boolean {
  return isMadeInOrder(family, table, table.columns.length);
}

/** Whether CREATE TABLE would bring the first `count` columns of a table into their order, its parents having no others yet. */
function isMadeInOrder(
  family: ReadonlyMap<string, FamilyTable>,
  { columns, parents, isAdopted }: FamilyTable,
  count: number,
): boolean {
  if (isAdopted && columns.slice(0, count).some(({ isLocal }) => !isLocal)) return false;
  const names = columns.slice(0, count).map(({ name }) => name);
  const wanted = new Set(names);
  const merged = new Set<string>();
  for (const parent of parents) {
    const ofParent = family.get(parent)?.columns ?? [];
    const known = ofParent.filter(({ name }) => wanted.has(name)).length;
    for (const { name } of ofParent.slice(0, known)) {
      if (!wanted.has(name)) return false;
      merged.add(name);
    }
  }
  return isAdopted || [...merged].every((name, at) => names[at] === name);
}

function descendsFrom(family: ReadonlyMap<string, FamilyTable>, id: string, ancestor: string): boolean {
  const parents = family.get(id)?.parents ?? [];
  return parents.some((parent) => parent === ancestor || descendsFrom(family, parent, ancestor));
}

function hasColumn(family: ReadonlyMap<string, FamilyTable>, id: string, column: string): boolean {
  return family.get(id)?.columns.some(({ name }) => name === column) ?? false;
}

/** Undefined when steps need each other. */
function inOrder(steps: readonly Step[]): Step[] | undefined {
  const sorted = new Set<Step>();
  const open = new Set<Step>();
  const visit = (step: Step): boolean => {
    if (sorted.has(step)) return true;
    if (open.has(step)) return false;
    open.add(step);
    for (const needed of step.before) if (!visit(needed)) return false;
    open.delete(step);
    sorted.add(step);
    return true;
  };
  return steps.every(visit) ? [...sorted] : undefined;
}
