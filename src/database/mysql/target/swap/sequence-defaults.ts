import { quoteName } from '../../columns.ts';
import type { Session } from '../../connection/session.ts';
import { quoteText } from '../../catalog/literals.ts';

/**
 * The statements, for the default database, that let the defaults of columns ask its own sequences: the server keeps the name
 * of the database in which such a default was made, also when its table moves.
 */
export async function sequenceDefaults(session: Session, fresh: string, target: string): Promise<string[]> {
  if (session.server.flavor !== 'mariadb') return [];
  const made = `${quoteName(fresh)}.`;
  const rows = await session.query(
    `SELECT TABLE_NAME AS \`table\`, COLUMN_NAME AS name, COLUMN_DEFAULT AS value FROM information_schema.COLUMNS
    WHERE TABLE_SCHEMA = ${quoteText(fresh)} AND LOCATE(${quoteText(made)}, COLUMN_DEFAULT) > 0`,
  );
  // A table cannot be opened before all of its defaults are right.
  return Array.from(
    Map.groupBy(rows, ({ table }) => table),
    ([table, columns]) => {
      const changes = columns.map(({ name, value }) => {
        // The name has random digits: it stands nowhere by chance.
        const expression = (value ?? '').replaceAll(made, `${quoteName(target)}.`);
        return `ALTER COLUMN ${quoteName(name ?? '')} SET DEFAULT (${expression})`;
      });
      return `ALTER TABLE ${quoteName(table ?? '')} ${changes.join(', ')}`;
    },
  );
}
