import { isPermanentSchema } from '../catalog.ts';
import { dollarQuote } from '../dollar-quote.ts';
import { qualifiedName, quoteIdentifier, quoteLiteral } from '../identifiers.ts';
import type { Catalog, ObjectId, ObjectKind, SchemaObject } from '../object.ts';

interface TriggerRow extends Record<string, string | null> {
  oid: string;
  schema: string;
  table: string;
  trigger: string;
  root: string;
  internal: string;
  definition: string;
  enabled: string;
  function: string;
  constraint: string;
  constraint_name: string | null;
  constraint_table: string | null;
}

const STATE: Readonly<Record<string, string>> = { D: 'DISABLE', R: 'ENABLE REPLICA', A: 'ENABLE ALWAYS' };

/**
 * Triggers: those that were made as such; and those that come by themselves, from a trigger of a partition's parent or
 * from a constraint, where their state or a comment says more than their origin.
 */
export const triggerKind: ObjectKind = {
  name: 'trigger',
  async collect(catalog) {
    const rows = await catalog.query<TriggerRow>(triggerQuery(catalog));
    return rows.map(triggerObject);
  },
};

function triggerQuery(catalog: Catalog): string {
  return `WITH RECURSIVE lineage(oid, root) AS (
      SELECT oid, oid FROM pg_trigger WHERE tgparentid = 0
      UNION ALL
      SELECT t.oid, l.root FROM pg_trigger t JOIN lineage l ON l.oid = t.tgparentid)
    SELECT t.oid::int8, n.nspname AS schema, c.relname AS table, t.tgname AS trigger,
      l.root::int8, t.tgconstraint <> 0 AND t.tgisinternal AND rt.tgisinternal AS internal,
      pg_get_triggerdef(t.oid) AS definition, t.tgenabled AS enabled,
      format('%I.%I', fn.nspname, f.proname) AS function,
      t.tgconstraint::int8 AS constraint, co.conname AS constraint_name,
      quote_ident(ctn.nspname) || '.' || quote_ident(ct.relname) AS constraint_table
    FROM pg_trigger t
    JOIN lineage l ON l.oid = t.oid
    JOIN pg_trigger rt ON rt.oid = l.root
    JOIN pg_class c ON c.oid = t.tgrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_proc f ON f.oid = t.tgfoid
    JOIN pg_namespace fn ON fn.oid = f.pronamespace
    LEFT JOIN pg_constraint co ON co.oid = t.tgconstraint
    LEFT JOIN pg_class ct ON ct.oid = co.conrelid
    LEFT JOIN pg_namespace ctn ON ctn.oid = ct.relnamespace
    WHERE ${catalog.isUserObject("'pg_class'::regclass", 'c.oid')}
      AND ${isPermanentSchema('c.relnamespace')}
      AND (t.tgparentid = 0 AND NOT t.tgisinternal OR t.tgenabled <> 'O' OR EXISTS (
        SELECT FROM pg_description d WHERE d.classoid = 'pg_trigger'::regclass AND d.objoid = t.oid))`;
}

function triggerObject(row: TriggerRow): SchemaObject {
  const { oid, schema, table } = row;
  const constraint: ObjectId = `pg_constraint:${Number(row.constraint)}`;
  const isRoot = row.root === oid;
  const isInternal = row.internal === 't';
  const name = isInternal ? `${row.constraint_name ?? ''} ${row.function}` : row.trigger;
  const origin: ObjectId[] = isInternal ? [constraint] : isRoot ? [] : [`pg_trigger:${Number(row.root)}`];
  const sql: string[] = [];
  if (isRoot && !isInternal) sql.push(`${row.definition};`);
  const state = STATE[row.enabled];
  if (state !== undefined) sql.push(isInternal ? systemTriggerState(row, state) : triggerState(row, state));
  return {
    id: `pg_trigger:${Number(oid)}`,
    ...(row.constraint !== '0' && isRoot && !isInternal && { alsoProvides: [constraint] }),
    kind: 'TRIGGER',
    schema,
    name,
    table,
    section: 'post-data',
    requires: origin,
    partOf: origin,
    statements: () => sql.map((text) => ({ kind: 'TRIGGER', schema, name, sql: text })),
  };
}

/** ONLY, because the triggers of partitions have statements of their own where they differ from the default. */
function triggerState(row: TriggerRow, state: string): string {
  return `ALTER TABLE ONLY ${qualifiedName(row.schema, row.table)} ${state} TRIGGER ${quoteIdentifier(row.trigger)};`;
}

/** A constraint's own trigger has a name that is made up anew in each database: it is found by what it does. */
function systemTriggerState(row: TriggerRow, state: string): string {
  const table = qualifiedName(row.schema, row.table);
  return `DO ${dollarQuote(`DECLARE
  trigger_name name;
BEGIN
  SELECT t.tgname INTO STRICT trigger_name
    FROM pg_catalog.pg_trigger t JOIN pg_catalog.pg_constraint c ON c.oid = t.tgconstraint
    WHERE t.tgrelid = ${quoteLiteral(table)}::pg_catalog.regclass
      AND t.tgfoid = ${quoteLiteral(row.function)}::pg_catalog.regproc
      AND c.conrelid = ${quoteLiteral(row.constraint_table ?? '')}::pg_catalog.regclass
      AND c.conname = ${quoteLiteral(row.constraint_name ?? '')};
  EXECUTE pg_catalog.format(${quoteLiteral(`ALTER TABLE ONLY ${table.replaceAll('%', '%%')} ${state} TRIGGER %I`)}, trigger_name);
END`)};`;
}
