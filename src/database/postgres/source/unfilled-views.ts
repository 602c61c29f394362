import { nameList } from '../../../core/name-lists.ts';
import { printable } from '../../../core/printable.ts';
import type { Reporter } from '../../../core/reporter.ts';
import { FILLING_KIND } from '../catalog/kinds/materialized-view.ts';
import type { DatabaseSchema } from '../catalog/schema.ts';
import type { Session } from '../connection/session.ts';
import { readTexts } from './schema-encoding.ts';

/**
 * Warns of materialized views that have rows here and will have none where they are restored: one that they read was emptied since
 * (REFRESH … WITH NO DATA), and nothing can be read from that.
 */
export async function warnOfUnfilledViews(
  session: Session,
  { preData, postData }: DatabaseSchema,
  reporter: Reporter,
): Promise<void> {
  const keyOf = ({ schema, name }: { schema: string | null; name: string }) => JSON.stringify([schema, name]);
  const exported = new Set(preData.filter(({ kind }) => kind === 'MATERIALIZED VIEW').map(keyOf));
  const filled = new Set(postData.filter(({ kind }) => kind === FILLING_KIND).map(keyOf));
  const rows = await readTexts(
    session,
    `SELECT n.nspname AS schema, c.relname AS name FROM pg_catalog.pg_class AS c
      JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE c.relkind = 'm' AND c.relispopulated ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C"`,
  );
  const unfilled = rows
    .map((row) => ({ schema: row['schema'] ?? '', name: row['name'] ?? '' }))
    .filter((view) => exported.has(keyOf(view)) && !filled.has(keyOf(view)));
  if (unfilled.length === 0) return;
  reporter.warning(
    `Materialized views that read one which is not populated will come back without rows: ` +
      `${nameList(unfilled.map(({ schema, name }) => printable(`${schema}.${name}`)))}. ` +
      'REFRESH MATERIALIZED VIEW what they read, then back up again.',
  );
}
