import type { Readable } from 'node:stream';
import type { TableInfo } from '../../../engine.ts';
import { isServerError } from '../../connection/failure.ts';
import type { Session } from '../../connection/session.ts';
import { looseColumns, refuseChanges } from './changed-values.ts';
import { readEndOfTime } from '../../end-of-time.ts';
import { loadFailure } from '../failures.ts';
import { exchangeRowEnds } from './row-ends.ts';
import { splitStatements } from './split-statements.ts';
import { ZeroLiterals } from './zero-literals.ts';

/**
 * Loads a part of a table's rows in one transaction; returns how many the server counted.
 * @param endOfTime of the archive's server
 * @throws HoldfastError `failed`, also when the server has changed a value to make it fit
 */
export async function loadRows(
  session: Session,
  table: TableInfo,
  rows: Readable,
  endOfTime: string | null,
): Promise<number> {
  let count = 0;
  try {
    const columns = await looseColumns(session, table);
    const { enums, computes, hasRowEnds } = columns;
    const own = hasRowEnds && endOfTime !== null ? await readEndOfTime(session) : null;
    const adapted = (statement: AsyncIterable<Buffer>): AsyncIterable<Buffer> =>
      endOfTime === null || own === null || own === endOfTime
        ? statement
        : exchangeRowEnds(statement, endOfTime, own);
    await session.run(`SET SESSION sql_mode = '${sqlMode(enums.size === 0 && !computes)}'`);
    await session.run('START TRANSACTION');
    for await (const statement of splitStatements(rows)) {
      const zeros = new ZeroLiterals(placesOf(enums, table));
      const fitting = adapted(statement);
      const done = await session.send(enums.size === 0 ? fitting : zeros.watch(fitting));
      count += done.affectedRows;
      if (done.warnings > 0 || zeros.count > 0) await refuseChanges(session, table, columns, zeros.count);
    }
    await session.run('COMMIT');
  } catch (error) {
    throw isServerError(error) ? loadFailure(error, table) : error;
  }
  return count;
}

/** Strict, but for dates that other modes let pass. Without, a server changes values, with a warning for each. */
function sqlMode(isStrict: boolean): string {
  return `${isStrict ? 'STRICT_ALL_TABLES,' : ''}NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES`;
}

function placesOf(names: ReadonlySet<string>, { columns }: TableInfo): ReadonlySet<number> {
  return new Set([...columns.keys()].filter((place) => names.has(columns[place] ?? '')));
}
