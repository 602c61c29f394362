import { printable } from '../../../core/printable.ts';
import type { Session } from '../connection/session.ts';

/** How many names a text has. */
const MAX_NAMED = 20;

/**
 * The tables with rows of their own in storage engines without transactions: a snapshot does not hold them, they are read as
 * they are at that moment. In words: `a (MyISAM), b (MEMORY)`; null where there are none.
 */
export async function describeNonTransactional(
  session: Session,
  hasRows: (name: string) => boolean,
): Promise<string | null> {
  const rows = await session.query(`
    SELECT t.TABLE_NAME AS name, t.ENGINE AS engine
    FROM information_schema.TABLES AS t JOIN information_schema.ENGINES AS e ON e.ENGINE = t.ENGINE
    WHERE t.TABLE_SCHEMA = DATABASE() AND t.TABLE_TYPE <> 'SEQUENCE' AND coalesce(e.TRANSACTIONS, 'NO') <> 'YES'
    ORDER BY t.TABLE_NAME`);
  const tables = rows.filter(({ name }) => hasRows(name ?? ''));
  if (tables.length === 0) return null;
  const named = tables.slice(0, MAX_NAMED).map(({ name, engine }) => printable(`${name} (${engine})`));
  return [
    ...named,
    ...(tables.length > named.length ? [`and ${tables.length - named.length} more`] : []),
  ].join(', ');
}
