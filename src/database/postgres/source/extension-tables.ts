import { printable } from '../../../core/printable.ts';
import type { SourceOptions } from '../../engine.ts';
import type { Session } from '../connection/session.ts';

/** How many names the warning has. */
const MAX_NAMED = 20;

/**
 * Warns of tables of extensions that hold rows which nothing backs up: they are in no pg_extension_config_dump(). That is
 * what the extension's script puts there, or a table of the user's that was added to the extension.
 */
export async function warnOfExtensionTables(
  session: Session,
  { reporter, excludeTable, excludeRows, selectTable }: SourceOptions,
): Promise<void> {
  if (selectTable !== undefined) return;
  const rows = await session.query(`
    SELECT n.nspname AS schema, c.relname AS name
    FROM pg_catalog.pg_extension AS e
    JOIN pg_catalog.pg_depend AS d ON d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass
      AND d.refobjid = e.oid AND d.deptype = 'e' AND d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
    JOIN pg_catalog.pg_class AS c ON c.oid = d.objid AND c.relkind = 'r'
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE NOT c.oid = ANY (coalesce(e.extconfig, '{}')) AND pg_catalog.pg_relation_size(c.oid) > 0
    ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C"`);
  const names = rows
    .map((row) => ({ schema: row['schema'] ?? '', name: row['name'] ?? '' }))
    .filter(({ schema, name }) => !excludeTable(schema, name) && !excludeRows(schema, name))
    .map(({ schema, name }) => printable(`${schema}.${name}`));
  if (names.length === 0) return;
  const more = names.length > MAX_NAMED ? ` and ${names.length - MAX_NAMED} more` : '';
  reporter.warning(
    `Tables that belong to extensions are left to them, with their rows: ${names.slice(0, MAX_NAMED).join(', ')}${more}. ` +
      'A table of your own that was added to an extension is lost that way: take it out (ALTER EXTENSION … DROP TABLE …).',
  );
}
