import type { Problem } from '../../../core/problem.ts';
import { nameList, plural } from '../../../core/name-lists.ts';
import { quoteText } from '../catalog/literals.ts';
import type { PreflightContext } from './context.ts';

/** Time zones of events that the target does not know by name. Warns where events will not run. */
export async function eventProblems({
  session,
  archived,
  options,
  variables,
}: PreflightContext): Promise<Problem[]> {
  const { kinds, timeZones } = archived.requires;
  if (kinds.includes('EVENT') && variables.get('event_scheduler') !== 'ON') {
    options.reporter.warning(
      'The archive has events, and the target server runs none (event_scheduler): to have them run, SET GLOBAL event_scheduler = ON.',
    );
  }
  const unknown: string[] = [];
  for (const zone of timeZones) {
    const [row] = await session.query(
      `SELECT CONVERT_TZ('2020-01-01 00:00:00', '+00:00', ${quoteText(zone)}) AS there`,
    );
    if (row?.['there'] === null) unknown.push(zone);
  }
  if (unknown.length === 0) return [];
  return [
    {
      message: `the target server does not know the time ${plural(unknown, 'zone')} ${nameList(unknown)}, which events are in`,
      hint: 'fill its tables of time zones: mysql_tzinfo_to_sql /usr/share/zoneinfo | mysql -u root mysql',
    },
  ];
}
