import { isPermanentSchema } from '../catalog.ts';
import { dollarQuote } from '../sql/dollar-quote.ts';
import { qualifiedName, quoteIdentifier, quoteLiteral } from '../sql/identifiers.ts';
import type { Catalog, ObjectId, ObjectKind, SchemaObject } from '../object.ts';
import { TRIGGER_STATE } from './trigger-state.ts';

interface TriggerRow extends Record<string, string | null> {
  oid: string;
  schema: string;
  table: string;
  trigger: string;
  /** The trigger that this one is a partition's clone of, or itself. */
  root: string;
  root_name: string;
  definition: string;
  enabled: string;
  constraint: string;
  comment: string | null;
}

/** Triggers as they were made, and their clones on partitions where these differ. */
export const triggerKind: ObjectKind = {
  name: 'trigger',
  async collect(catalog) {
    const rows = await catalog.query<TriggerRow>(triggerQuery(catalog));
    return rows.map((row) => (row.root === row.oid ? triggerObject(row) : cloneObject(row)));
  },
};

function triggerQuery(catalog: Catalog): string {
  return `WITH RECURSIVE lineage(oid, root, root_name) AS (
      SELECT t.oid, t.oid, t.tgname FROM pg_trigger t LEFT JOIN pg_constraint k ON k.oid = t.tgconstraint
        WHERE t.tgparentid = 0 AND (NOT t.tgisinternal OR k.contype = 't')
      UNION ALL
      SELECT t.oid, l.root, l.root_name FROM pg_trigger t JOIN lineage l ON l.oid = t.tgparentid)
    SELECT t.oid::int8, n.nspname AS schema, c.relname AS table, t.tgname AS trigger,
      l.root::int8, l.root_name, pg_get_triggerdef(t.oid) AS definition, t.tgenabled AS enabled,
      t.tgconstraint::int8 AS constraint, obj_description(t.oid, 'pg_trigger') AS comment
    FROM pg_trigger t
    JOIN lineage l ON l.oid = t.oid
    JOIN pg_class c ON c.oid = t.tgrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE ${catalog.isUserObject("'pg_class'::regclass", 'c.oid')}
      AND ${isPermanentSchema('c.relnamespace')}
      AND (t.oid = l.root OR t.tgenabled <> 'O' OR t.tgname <> l.root_name
        OR obj_description(t.oid, 'pg_trigger') IS NOT NULL)`;
}

function triggerObject(row: TriggerRow): SchemaObject {
  const { schema, table, trigger: name } = row;
  const sql = [`${row.definition};`, ...triggerState(row)];
  return {
    id: `pg_trigger:${Number(row.oid)}`,
    ...(row.constraint !== '0' && { alsoProvides: [`pg_constraint:${Number(row.constraint)}` as const] }),
    kind: 'TRIGGER',
    schema,
    name,
    table,
    section: 'post-data',
    statements: () => sql.map((text) => ({ kind: 'TRIGGER', schema, name, sql: text })),
  };
}

/** It comes with the trigger of the partition's parent and under that one's name. */
function cloneObject(row: TriggerRow): SchemaObject {
  const { schema, table, root_name: name } = row;
  const root: ObjectId = `pg_trigger:${Number(row.root)}`;
  const sql = triggerState(row).map((text) => ({ kind: 'TRIGGER', schema, name, sql: text }));
  if (row.comment !== null) {
    const trigger = `${quoteIdentifier(name)} ON ${qualifiedName(schema, table)}`;
    sql.push({
      kind: 'COMMENT',
      schema,
      name,
      sql: `COMMENT ON TRIGGER ${trigger} IS ${quoteLiteral(row.comment)};`,
    });
  }
  if (row.trigger !== name) sql.push({ kind: 'TRIGGER', schema, name, sql: renameClone(row) });
  return {
    id: `pg_trigger:${Number(row.oid)}`,
    kind: 'TRIGGER',
    schema,
    name,
    table,
    section: 'post-data',
    requires: [root],
    partOf: [root],
    statements: () => sql,
  };
}

/** ONLY, because the clones of partitions have statements of their own where they differ from the default. */
function triggerState({ schema, table, root_name, enabled }: TriggerRow): string[] {
  const state = TRIGGER_STATE[enabled];
  if (state === undefined) return [];
  return [`ALTER TABLE ONLY ${qualifiedName(schema, table)} ${state} TRIGGER ${quoteIdentifier(root_name)};`];
}

/** Until 14 a trigger is renamed without its clones. Newer servers rename all at once, and no clone by itself. */
function renameClone({ schema, table, trigger, root_name }: TriggerRow): string {
  const rename = `ALTER TRIGGER ${quoteIdentifier(root_name)} ON ${qualifiedName(schema, table)} RENAME TO ${quoteIdentifier(trigger)}`;
  return `DO ${dollarQuote(`BEGIN
  IF pg_catalog.current_setting('server_version_num')::int < 150000 THEN
    ${rename};
  END IF;
END`)};`;
}
