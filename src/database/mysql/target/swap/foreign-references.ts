import { printable } from '../../../../core/printable.ts';
import type { Session } from '../../connection/session.ts';
import { quoteText } from '../../catalog/literals.ts';

const referencesToShow = 5;

/** What to do about what `findForeignReferences` finds. */
export const foreignReferenceHint =
  'They would follow the old tables out of the database. Drop these foreign keys, and add them again after the restore.';

/** Foreign keys of other databases onto tables of this one, for people: RENAME TABLE takes them along. */
export async function findForeignReferences(session: Session, database: string): Promise<string[]> {
  const at = quoteText(database);
  const rows = await session.query(
    `SELECT DISTINCT CONSTRAINT_SCHEMA AS \`schema\`, TABLE_NAME AS \`table\`, CONSTRAINT_NAME AS name, REFERENCED_TABLE_NAME AS referenced
    FROM information_schema.KEY_COLUMN_USAGE WHERE REFERENCED_TABLE_SCHEMA = ${at} AND TABLE_SCHEMA <> ${at}
    AND TABLE_SCHEMA NOT LIKE 'holdfast\\_____________\\____' ORDER BY 1, 2, 3 LIMIT ${referencesToShow}`,
  );
  return rows.map(({ schema, table, name, referenced }) =>
    printable(`${schema}.${table} (${name}, onto ${referenced})`),
  );
}
