import { qualifiedName, quoteIdentifier } from '../sql/identifiers.ts';
import { ALONE, type ObjectId, type SchemaObject } from '../object.ts';
import type { ColumnName, InheritancePlan, LateColumn } from './inheritance-plan.ts';
import { columnAlterations } from './table-alterations.ts';
import { columnId, type Column } from './table-columns.ts';
import { columnDefinition, notNullClause, partsOfColumn } from './table-parts.ts';

export interface TableName {
  readonly schema: string;
  readonly name: string;
}

/** A column of a table that gets it late. */
interface Getting {
  readonly table: TableName;
  readonly column: Column;
}

/**
 * The columns that tables get after CREATE TABLE, together with the children that are there by then.
 *
 * @param names of all tables, by oid as `columns` is
 */
export function lateColumnObjects(
  plan: InheritancePlan,
  columns: ReadonlyMap<string, readonly Column[]>,
  names: ReadonlyMap<string, TableName>,
): SchemaObject[] {
  return plan.lateColumns.map((late) => {
    const getting = late.tables.flatMap((oid) => {
      const table = names.get(oid);
      const column = columnOf(columns, { table: oid, column: late.column });
      return table === undefined || column === undefined ? [] : [{ table, column }];
    });
    return lateColumnObject(late, getting, columnIds(late.afterColumns, columns));
  });
}

/** The ids of the objects that bring these columns. */
export function columnIds(
  names: readonly ColumnName[],
  columns: ReadonlyMap<string, readonly Column[]>,
): ObjectId[] {
  return names.flatMap((name) => {
    const column = columnOf(columns, name);
    return column === undefined ? [] : [columnId(column)];
  });
}

function columnOf(
  columns: ReadonlyMap<string, readonly Column[]>,
  { table, column }: ColumnName,
): Column | undefined {
  return columns.get(table)?.find(({ name }) => name === column);
}

function lateColumnObject(
  late: LateColumn,
  getting: readonly Getting[],
  afterColumns: readonly ObjectId[],
): SchemaObject {
  const { table, column } = getting.at(-1) as Getting;
  const { schema } = table;
  const tables = late.tables.map((oid): ObjectId => `pg_class:${Number(oid)}`);
  return {
    id: columnId(column),
    alsoProvides: getting.flatMap(({ column: own }) => [columnId(own), ...partsOfColumn(own)]),
    kind: 'COLUMN',
    schema,
    name: column.name,
    table: table.name,
    section: 'pre-data',
    partOf: [`pg_class:${Number(late.table)}`],
    requires: [
      ...tables,
      ...late.afterTables.map((oid): ObjectId => `pg_class:${Number(oid)}`),
      ...afterColumns,
    ],
    completes: tables,
    statements: () =>
      [...addColumn(getting), ...getting.flatMap((own) => alterations(own, column))].map((sql) => ({
        kind: 'COLUMN',
        schema,
        name: column.name,
        sql,
      })),
  };
}

/**
 * The column as CREATE TABLE would say it, but for its default. Since 18 NOT NULL has a name, and a child with one of its
 * own has to have it before it inherits another.
 */
function addColumn(getting: readonly Getting[]): string[] {
  const { table, column } = getting.at(-1) as Getting;
  const isOneOfMany = (own: Getting): boolean =>
    own.column.not_null_oid !== null && notNullClause(own.column) !== null;
  const named = getting.slice(0, -1).some(isOneOfMany) ? getting.filter(isOneOfMany) : [];
  const alone = {
    ...column,
    parent_generated_alike: 'f',
    ...(named.length > 0 ? { not_null_validated: 'f' } : {}),
  };
  const definition = columnDefinition(alone, false, ALONE);
  return [
    `ALTER TABLE ${qualifiedName(table.schema, table.name)} ADD COLUMN ${definition};`,
    ...named.map((own) => {
      const clause = notNullClause(own.column);
      return `ALTER TABLE ${qualifiedName(own.table.schema, own.table.name)} ADD ${clause?.prefix}NOT NULL ${quoteIdentifier(own.column.name)}${clause?.suffix};`;
    }),
  ];
}

/** What the column is otherwise than the one that it comes with. */
function alterations({ table, column }: Getting, origin: Column): string[] {
  return columnAlterations(qualifiedName(table.schema, table.name), [
    {
      ...column,
      parents: column === origin ? '0' : '1',
      parent_default: 'f',
      parent_not_null: origin.not_null,
      parent_generated_alike: column.default === origin.default ? 't' : 'f',
    },
  ]);
}
