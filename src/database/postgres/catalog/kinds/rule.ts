import { isPermanentSchema } from '../catalog.ts';
import { qualifiedName, quoteIdentifier } from '../sql/identifiers.ts';
import type { ObjectKind } from '../object.ts';

interface RuleRow extends Record<string, string | null> {
  oid: string;
  schema: string;
  table: string;
  rule: string;
  definition: string;
  enabled: string;
}

const STATE: Readonly<Record<string, string>> = { D: 'DISABLE', R: 'ENABLE REPLICA', A: 'ENABLE ALWAYS' };

/** Rewrite rules but those that make a view. */
export const ruleKind: ObjectKind = {
  name: 'rule',
  async collect(catalog) {
    const rows = await catalog.query<RuleRow>(
      `SELECT r.oid::int8, n.nspname AS schema, c.relname AS table, r.rulename AS rule,
          pg_get_ruledef(r.oid) AS definition, r.ev_enabled AS enabled
        FROM pg_rewrite r
        JOIN pg_class c ON c.oid = r.ev_class
        JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE r.ev_type <> '1' AND ${catalog.isUserObject("'pg_class'::regclass", 'c.oid')}
          AND ${isPermanentSchema('c.relnamespace')}`,
    );
    return rows.map((row) => {
      const { schema, table, rule: name } = row;
      const state = STATE[row.enabled];
      const sql = [row.definition];
      if (state !== undefined) {
        sql.push(`ALTER TABLE ${qualifiedName(schema, table)} ${state} RULE ${quoteIdentifier(name)};`);
      }
      return {
        id: `pg_rewrite:${Number(row.oid)}`,
        kind: 'RULE',
        schema,
        name,
        table,
        section: 'post-data',
        statements: () => sql.map((text) => ({ kind: 'RULE', schema, name, sql: text })),
      };
    });
  },
};
