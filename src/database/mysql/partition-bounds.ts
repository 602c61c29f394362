/**
 * Servers read texts in the bounds of partitions anew each time that they open a table, by the session's collation_connection. In
 * a session that loads rows it is `binary`: letters beyond ASCII would be read as other ones, and rows would go to wrong partitions.
 * Such a table's rows are loaded under `BOUNDS_COLLATION`, each text with an introducer that keeps its bytes.
 * @param sql the statement that makes the table, as an archive has it
 */
export function hasLettersInBounds(sql: string): boolean {
  // oxlint-disable-next-line no-control-regex -- ASCII is what is read alike everywhere
  return / PARTITION BY (?:RANGE|LIST) +COLUMNS[^]*[^\0-\x7f]/.test(sql);
}

/** Any that has all letters. */
export const BOUNDS_COLLATION = 'utf8mb4_general_ci';
