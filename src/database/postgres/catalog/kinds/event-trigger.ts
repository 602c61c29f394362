import { quoteIdentifier, quoteLiteral } from '../sql/identifiers.ts';
import type { ObjectKind } from '../object.ts';
import { TRIGGER_STATE } from './trigger-state.ts';

interface EventTriggerRow extends Record<string, string | null> {
  oid: string;
  name: string;
  event: string;
  tags: string;
  function: string;
  enabled: string;
}

/** Event triggers: behind everything else, because they fire on what a restore does. */
export const eventTriggerKind: ObjectKind = {
  name: 'event trigger',
  async collect(catalog) {
    const rows = await catalog.query<EventTriggerRow>(`
      SELECT e.oid, e.evtname AS name, e.evtevent AS event, array_to_json(coalesce(e.evttags, '{}')) AS tags,
        pg_catalog.format('%I.%I', n.nspname, p.proname) AS function, e.evtenabled AS enabled
      FROM pg_catalog.pg_event_trigger AS e
      JOIN pg_catalog.pg_proc AS p ON p.oid = e.evtfoid
      JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
      WHERE ${catalog.isUserObject(`'pg_catalog.pg_event_trigger'::pg_catalog.regclass`, 'e.oid')}`);
    return rows.map((row) => {
      const { name } = row;
      const sql = [createEventTrigger(row)];
      const state = TRIGGER_STATE[row.enabled];
      if (state !== undefined) sql.push(`ALTER EVENT TRIGGER ${quoteIdentifier(name)} ${state};`);
      return {
        id: `pg_event_trigger:${Number(row.oid)}`,
        kind: 'EVENT TRIGGER',
        schema: null,
        name,
        section: 'last',
        statements: () => sql.map((text) => ({ kind: 'EVENT TRIGGER', schema: null, name, sql: text })),
      };
    });
  },
};

function createEventTrigger(row: EventTriggerRow): string {
  const tags = (JSON.parse(row.tags) as string[]).map(quoteLiteral);
  return [
    `CREATE EVENT TRIGGER ${quoteIdentifier(row.name)} ON ${row.event}`,
    tags.length === 0 ? '' : `\n  WHEN TAG IN (${tags.join(', ')})`,
    `\n  EXECUTE FUNCTION ${row.function}();`,
  ].join('');
}
