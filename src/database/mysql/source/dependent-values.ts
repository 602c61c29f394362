import { printable } from '../../../core/printable.ts';
import type { DependentColumn } from '../catalog/tables/dependent-columns.ts';
import { quoteName } from '../columns.ts';
import { isServerError } from '../connection/failure.ts';
import type { Session } from '../connection/session.ts';

/** So that the look at a large table costs next to nothing: what was stored under other settings is seldom in its end alone. */
const MOST_ROWS = 10_000;

/**
 * The stored generated columns, `table.column`, with values that are not those which a restore will work out: servers take none
 * from outside. The session has to be set as those of restores are.
 */
export async function findDependentValues(
  session: Session,
  tables: readonly { readonly name: string; readonly dependent: readonly DependentColumn[] }[],
): Promise<string[]> {
  const found: string[] = [];
  for (const { name, dependent } of tables) {
    if (dependent.length === 0) continue;
    const inRows = dependent.map(({ differs }, place) => `${differs} AS d${place}`);
    const inAny = dependent.map((_, place) => `MAX(d${place}) AS d${place}`);
    const rows = `SELECT ${inRows.join(', ')} FROM ${quoteName(name)} LIMIT ${MOST_ROWS}`;
    try {
      const [row] = await session.query(`SELECT ${inAny.join(', ')} FROM (${rows}) AS looked_at`);
      const different = dependent.filter((_, place) => row?.[`d${place}`] === '1');
      found.push(...different.map((column) => `${printable(name)}.${printable(column.name)}`));
    } catch (error) {
      // What cannot be worked out is not compared.
      if (!isServerError(error)) throw error;
    }
  }
  return found;
}
