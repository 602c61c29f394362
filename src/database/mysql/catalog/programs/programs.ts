import type { Session } from '../../connection/session.ts';
import { readingBytes } from './client-charset.ts';
import { type Event, readEvents } from './events.ts';
import type { ProgramObject, Surroundings } from './program.ts';
import { readRoutines, type Routine } from './routines.ts';
import { readTriggers } from './triggers.ts';
import { readViews, type View } from './views.ts';

/** All that a database has beside tables and sequences. */
export interface Programs {
  readonly routines: readonly Routine[];
  readonly views: readonly View[];
  readonly triggers: readonly ProgramObject[];
  readonly events: readonly Event[];
}

/**
 * Reads the programs of the session's default database.
 * @param surroundings with the names of its tables and sequences, and whether one of them is left out with its triggers
 */
export async function readPrograms(
  session: Session,
  surroundings: Surroundings & {
    readonly relations: ReadonlySet<string>;
    readonly isLeftOut?: (name: string) => boolean;
  },
): Promise<Programs> {
  return readingBytes(session, async () => {
    const routines = await readRoutines(session, surroundings);
    const functions = routines.filter(({ kind }) => kind === 'FUNCTION').map(({ name }) => name);
    return {
      routines,
      views: await readViews(session, { ...surroundings, functions }),
      triggers: await readTriggers(session, surroundings),
      events: await readEvents(session, surroundings),
    };
  });
}

/** Programs in the order in which they can be made once the tables are there. */
export function inMakingOrder({ routines, views, triggers, events }: Programs): ProgramObject[] {
  return [
    ...views.filter(({ isBroken }) => isBroken),
    ...routines,
    ...views.filter(({ isBroken }) => !isBroken),
    ...triggers,
    ...events,
  ];
}
