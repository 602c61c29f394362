import { quoteName } from '../../columns.ts';
import type { Session } from '../../connection/session.ts';
import { clauseOf, definerOf } from '../../definer.ts';
import {
  contextOf,
  type ProgramObject,
  readProgram,
  requireText,
  type Surroundings,
  withExactHeader,
} from './program.ts';

export interface Event extends ProgramObject {
  readonly timeZone: string;
}

/** Reads events with their times, in their own time zones. */
export async function readEvents(session: Session, surroundings: Surroundings): Promise<Event[]> {
  const rows = await session.query(`
    SELECT EVENT_NAME AS name, EVENT_COMMENT AS comment, TIME_ZONE AS zone,
      ON_COMPLETION = 'NOT PRESERVE' AND (EVENT_TYPE = 'ONE TIME' OR ENDS IS NOT NULL) AS passes
    FROM information_schema.EVENTS WHERE EVENT_SCHEMA = DATABASE() ORDER BY EVENT_NAME`);
  const events: Event[] = [];
  for (const { name: anyName, comment, zone, passes } of rows) {
    const name = anyName ?? '';
    const about = { kind: 'EVENT', name, table: null, needs: [], partOf: [] };
    const read = async () => {
      const [row = {}] = await session.query(`SHOW CREATE EVENT ${quoteName(name)}`);
      const context = contextOf(row);
      const shown = requireText(row['Create Event'], `the event ${name}`, 'Grant it EVENT on the database.');
      const body = await withExactHeader(session, shown, context, {
        names: [{ before: 'EVENT ', name }],
        comment: { before: ' COMMENT ', text: comment ?? '', after: ' DO ' },
      });
      return { context, ...(passes === '1' ? lasting(body) : { body }) };
    };
    events.push({ ...(await readProgram(about, surroundings, read)), timeZone: zone ?? 'SYSTEM' });
  }
  return events;
}

const head =
  /^CREATE DEFINER=\S.*? EVENT ((?:`(?:[^`]|``)*`)|(?:"(?:[^"]|"")*")) ON SCHEDULE (?:AT '[^']*'|EVERY .*?) ON COMPLETION NOT PRESERVE /s;

/**
 * A server drops an event whose time has passed as soon as it is made, also one that is disabled, unless it is to be preserved: then
 * it disables it. So such an event is made to be preserved, and told afterwards that it is not, at a time before all events.
 */
function lasting(body: string): { body: string; postlude: string[] } {
  const [start = '', name = ''] = head.exec(body) ?? [];
  const definer = definerOf(body);
  if (start === '' || definer === null)
    throw new Error(`an event that begins otherwise: ${body.slice(0, 200)}`);
  const preserved = start.replace(/NOT PRESERVE $/, 'PRESERVE ') + body.slice(start.length);
  return {
    body: preserved,
    postlude: [
      'SET timestamp = 1',
      `ALTER ${clauseOf(definer)} EVENT ${name} ON COMPLETION NOT PRESERVE`,
      'SET timestamp = DEFAULT',
    ],
  };
}
