import type { DatabaseFacts } from '../engine.ts';
import type { TableRows } from './catalog/tables/tables.ts';
import type { Session } from './connection/session.ts';

/** A moment as servers print it in UTC. */
const MOMENT = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}$/;

/** Until MariaDB 11.5, and on systems of 32 bits. */
const END_OF_2038 = '2038-01-19 03:14:07.999999';
const END_OF_2106 = '2106-02-07 06:28:15.999999';

/**
 * The last moment that a TIMESTAMP of MariaDB can be, which rows with system versioning have as the end of their time while they
 * are current: with the end of another server they are of the past.
 */
export async function readEndOfTime(session: Session): Promise<string> {
  const [row] = await session.query(
    'SELECT COALESCE(FROM_UNIXTIME(4294967295.999999), FROM_UNIXTIME(2147483647.999999)) AS moment',
  );
  return row!['moment']!;
}

/** The end of time of an archive's server, which older backups do not tell; null where it has no rows that end. */
export function archivedEndOfTime({ endOfTime, versionNumber }: DatabaseFacts): string | null {
  if (endOfTime === undefined) return Number(versionNumber) < 110500 ? END_OF_2038 : END_OF_2106;
  return typeof endOfTime === 'string' && MOMENT.test(endOfTime) ? endOfTime : null;
}

/** Reads rows as a server has them whose end of time is another one: current ones and those of the past stay what they are. */
export function withEndOfTime(rows: TableRows, own: string | null, other: string | null): TableRows {
  if (own === null || other === null || own === other) return rows;
  const swapped = `WHEN '${own}' THEN '${other}' WHEN '${other}' THEN '${own}'`;
  const columns = rows.columns.map((column) => {
    const { name, select } = column;
    if (name !== rows.rowEnd) return column;
    return { ...column, select: `CASE CAST(${select} AS CHAR) ${swapped} ELSE ${select} END` };
  });
  return { ...rows, columns };
}
