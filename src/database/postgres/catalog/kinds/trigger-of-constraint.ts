import type { Statement } from '../../../engine.ts';
import { isPermanentSchema } from '../catalog.ts';
import { dollarQuote } from '../sql/dollar-quote.ts';
import { qualifiedName, quoteLiteral } from '../sql/identifiers.ts';
import type { Catalog, ObjectId, ObjectKind, SchemaObject } from '../object.ts';
import { TRIGGER_STATE } from './trigger-state.ts';

interface TriggerRow extends Record<string, string | null> {
  oid: string;
  schema: string;
  table: string;
  enabled: string;
  function: string;
  comment: string | null;
  /** The constraint it serves; of those of partitions, the one of the topmost table. */
  constraint: string;
  constraint_name: string;
  constraint_table: string;
}

/** The triggers by which the server keeps up foreign keys and deferrable constraints, where they have a state or a comment. */
export const constraintTriggerKind: ObjectKind = {
  name: 'trigger of a constraint',
  async collect(catalog) {
    const rows = await catalog.query<TriggerRow>(triggerQuery(catalog));
    return rows.map(triggerObject);
  },
};

function triggerQuery(catalog: Catalog): string {
  return `WITH RECURSIVE lineage(oid, root) AS (
      SELECT oid, oid FROM pg_constraint WHERE conparentid = 0 AND contype IN ('f', 'p', 'u', 'x')
      UNION ALL
      SELECT k.oid, l.root FROM pg_constraint k JOIN lineage l ON l.oid = k.conparentid)
    SELECT t.oid::int8, n.nspname AS schema, c.relname AS table, t.tgenabled AS enabled,
      format('%I.%I', fn.nspname, f.proname) AS function, obj_description(t.oid, 'pg_trigger') AS comment,
      k.oid::int8 AS constraint, k.conname AS constraint_name,
      format('%I.%I', kn.nspname, kc.relname) AS constraint_table
    FROM pg_trigger t
    JOIN lineage l ON l.oid = t.tgconstraint
    JOIN pg_constraint k ON k.oid = l.root
    JOIN pg_class kc ON kc.oid = k.conrelid
    JOIN pg_namespace kn ON kn.oid = kc.relnamespace
    JOIN pg_class c ON c.oid = t.tgrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_proc f ON f.oid = t.tgfoid
    JOIN pg_namespace fn ON fn.oid = f.pronamespace
    WHERE t.tgisinternal AND ${catalog.isUserObject("'pg_class'::regclass", 'c.oid')}
      AND ${isPermanentSchema('c.relnamespace')}
      AND (t.tgenabled <> 'O' OR obj_description(t.oid, 'pg_trigger') IS NOT NULL)`;
}

function triggerObject(row: TriggerRow): SchemaObject {
  const { schema, table } = row;
  const constraint: ObjectId = `pg_constraint:${Number(row.constraint)}`;
  const name = `${row.constraint_name} ${row.function}`;
  const relation = qualifiedName(schema, table).replaceAll('%', '%%');
  const state = TRIGGER_STATE[row.enabled];
  const sql: Statement[] = [];
  if (state !== undefined) {
    sql.push({
      kind: 'TRIGGER',
      schema,
      name,
      sql: withTriggerName(row, [`ALTER TABLE ONLY ${relation} ${state} TRIGGER %I`]),
    });
  }
  if (row.comment !== null) {
    const comment = [`COMMENT ON TRIGGER %I ON ${relation} IS %L`, row.comment] as const;
    sql.push({ kind: 'COMMENT', schema, name, sql: withTriggerName(row, comment) });
  }
  return {
    id: `pg_trigger:${Number(row.oid)}`,
    kind: 'TRIGGER',
    schema,
    name,
    table,
    section: 'post-data',
    requires: [constraint],
    partOf: [constraint],
    statements: () => sql,
  };
}

/**
 * A statement with the trigger's name, which is made up anew in each database: it is found by what it does. So is the
 * name of a constraint that a partition has from its parent.
 *
 * @param command for the server's format(): the name first, then the other values
 */
function withTriggerName(row: TriggerRow, [command, ...values]: readonly [string, ...string[]]): string {
  const table = qualifiedName(row.schema, row.table);
  return `DO ${dollarQuote(`DECLARE
  trigger_name name;
BEGIN
  -- Before 15 partitioned tables have none of their own.
  IF pg_catalog.current_setting('server_version_num')::int < 150000 AND
    (SELECT relkind FROM pg_catalog.pg_class WHERE oid = ${quoteLiteral(table)}::pg_catalog.regclass) = 'p' THEN
    RETURN;
  END IF;
  WITH RECURSIVE served(oid) AS (
      SELECT oid FROM pg_catalog.pg_constraint
      WHERE conrelid = ${quoteLiteral(row.constraint_table)}::pg_catalog.regclass AND conname = ${quoteLiteral(row.constraint_name)}
        AND conparentid = 0
      UNION ALL
      SELECT k.oid FROM pg_catalog.pg_constraint k JOIN served s ON s.oid = k.conparentid)
    SELECT t.tgname INTO STRICT trigger_name
    FROM pg_catalog.pg_trigger t JOIN served s ON s.oid = t.tgconstraint
    WHERE t.tgrelid = ${quoteLiteral(table)}::pg_catalog.regclass
      AND t.tgfoid = ${quoteLiteral(row.function)}::pg_catalog.regproc;
  EXECUTE pg_catalog.format(${[quoteLiteral(command), 'trigger_name', ...values.map(quoteLiteral)].join(', ')});
END`)};`;
}
