import { isPermanentSchema } from '../catalog.ts';
import { qualifiedName, quoteIdentifier } from '../sql/identifiers.ts';
import type { Catalog, ObjectKind, SchemaObject } from '../object.ts';
import { withClause } from '../sql/relation-options.ts';
import { INDEX_SETTINGS, indexAlterations, type IndexSettings } from './index-alterations.ts';
import { takeName } from './partition-constraint.ts';

interface IndexConstraintRow extends IndexSettings {
  oid: string;
  index: string;
  constraint: string;
  type: string;
  definition: string;
  is_deferrable: string;
  is_deferred: string;
  options: string;
  tablespace: string | null;
  is_exclusion: string;
  is_partitioned: string;
  /** Of the partitioned table's constraint that this one is a partition of. */
  parent: string | null;
  parent_name: string | null;
  parent_schema: string | null;
  parent_table: string | null;
  parent_options: string;
}

/** PRIMARY KEY, UNIQUE and EXCLUDE constraints, each with its index. */
export const indexConstraintKind: ObjectKind = {
  name: 'index constraint',
  async collect(catalog) {
    const rows = await catalog.query<IndexConstraintRow>(constraintQuery(catalog));
    return rows.map(constraintObject);
  },
};

function constraintQuery(catalog: Catalog): string {
  return `
    SELECT k.oid, c.oid AS index, ${INDEX_SETTINGS}, k.conname AS "constraint", k.contype AS type,
      pg_catalog.pg_get_constraintdef(k.oid) AS definition, k.condeferrable AS is_deferrable,
      k.condeferred AS is_deferred, array_to_json(coalesce(c.reloptions, '{}')) AS options, s.spcname AS tablespace,
      k.conexclop IS NOT NULL AS is_exclusion, t.relkind = 'p' AS is_partitioned,
      p.oid AS parent, p.conname AS parent_name, pn.nspname AS parent_schema, pt.relname AS parent_table,
      array_to_json(coalesce(pc.reloptions, '{}')) AS parent_options
    FROM pg_catalog.pg_constraint AS k
    JOIN pg_catalog.pg_index AS i ON i.indexrelid = k.conindid
    JOIN pg_catalog.pg_class AS c ON c.oid = k.conindid
    JOIN pg_catalog.pg_class AS t ON t.oid = k.conrelid
    JOIN pg_catalog.pg_namespace AS n ON n.oid = t.relnamespace
    LEFT JOIN pg_catalog.pg_tablespace AS s ON s.oid = c.reltablespace
    LEFT JOIN pg_catalog.pg_constraint AS p ON p.oid = k.conparentid
    LEFT JOIN pg_catalog.pg_class AS pt ON pt.oid = p.conrelid
    LEFT JOIN pg_catalog.pg_class AS pc ON pc.oid = p.conindid
    LEFT JOIN pg_catalog.pg_namespace AS pn ON pn.oid = pt.relnamespace
    WHERE k.contype IN ('p', 'u', 'x') AND ${catalog.isUserObject(`'pg_catalog.pg_class'::regclass`, 't.oid')}
      AND ${isPermanentSchema('t.relnamespace')}`;
}

function constraintObject(row: IndexConstraintRow): SchemaObject {
  const { schema, table, constraint: name } = row;
  const isFromParent = row.is_exclusion === 't' && row.parent !== null;
  const sql = [...(isFromParent ? adoptConstraint(row) : addConstraint(row)), ...indexAlterations(row)];
  return {
    id: `pg_constraint:${Number(row.oid)}`,
    alsoProvides: [`pg_class:${Number(row.index)}`],
    kind: 'CONSTRAINT',
    schema,
    name,
    table,
    section: 'post-data',
    requires: isFromParent ? [`pg_constraint:${Number(row.parent)}`] : [],
    statements: () => sql.map((text) => ({ kind: 'CONSTRAINT', schema, name, sql: text })),
  };
}

/** No index with exclusion operators can be attached to another, so such a constraint makes those of the partitions. */
function addConstraint(row: IndexConstraintRow): string[] {
  const only = row.is_exclusion === 't' && row.is_partitioned === 't' ? '' : 'ONLY ';
  const table = qualifiedName(row.schema, row.table);
  const sql = [
    `ALTER TABLE ${only}${table} ADD CONSTRAINT ${quoteIdentifier(row.constraint)} ${definitionOf(row)};`,
  ];
  return row.type === 'x' ? [...sql, ...setTablespace(row)] : sql;
}

function setTablespace({ schema, name, tablespace }: IndexConstraintRow): string[] {
  if (tablespace === null) return [];
  return [`ALTER INDEX ${qualifiedName(schema, name)} SET TABLESPACE ${quoteIdentifier(tablespace)};`];
}

/** A partition's constraint, which its parent's made: with the parent's storage parameters, and a name of the server's choice. */
function adoptConstraint(row: IndexConstraintRow): string[] {
  const index = qualifiedName(row.schema, row.name);
  const options = JSON.parse(row.options) as string[];
  const nameOf = (option: string) => option.slice(0, option.indexOf('='));
  const foreign = (JSON.parse(row.parent_options) as string[])
    .map(nameOf)
    .filter((name) => !options.map(nameOf).includes(name));
  return [
    takeName(
      { schema: row.schema, table: row.table, name: row.constraint },
      { schema: row.parent_schema ?? '', table: row.parent_table ?? '', name: row.parent_name ?? '' },
    ),
    ...(foreign.length === 0 ? [] : [`ALTER INDEX ${index} RESET (${foreign.join(', ')});`]),
    ...(options.length === 0 ? [] : [`ALTER INDEX ${index} SET${withClause(options).replace(' WITH', '')};`]),
    ...setTablespace(row),
  ];
}

/**
 * The server leaves out storage parameters and tablespace of PRIMARY KEY and UNIQUE (not the former of EXCLUDE). Their
 * place is before DEFERRABLE, which comes last.
 */
function definitionOf(row: IndexConstraintRow): string {
  if (row.type === 'x') return row.definition;
  const deferrable =
    (row.is_deferrable === 't' ? ' DEFERRABLE' : '') + (row.is_deferred === 't' ? ' INITIALLY DEFERRED' : '');
  return [
    row.definition.slice(0, row.definition.length - deferrable.length),
    withClause(JSON.parse(row.options) as string[]),
    row.tablespace === null ? '' : ` USING INDEX TABLESPACE ${quoteIdentifier(row.tablespace)}`,
    deferrable,
  ].join('');
}
