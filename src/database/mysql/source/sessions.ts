import { HoldfastError } from '../../../core/errors.ts';
import { formatCount } from '../../../core/format.ts';
import type { Reporter } from '../../../core/reporter.ts';
import { isServerError } from '../connection/failure.ts';
import type { Session } from '../connection/session.ts';
import type { SnapshotSessions } from './take-snapshot.ts';

/** `ER_CON_COUNT_ERROR`, `ER_TOO_MANY_USER_CONNECTIONS`, `ER_USER_LIMIT_REACHED`: there are no more connections to be had. */
const NO_MORE: ReadonlySet<number> = new Set([1040, 1203, 1226]);

/** Opens the connections of a backup: `jobs` that read, or as many as the server gives. */
export async function openSessions(
  connect: () => Promise<Session>,
  jobs: number,
  reporter: Reporter,
): Promise<SnapshotSessions> {
  const opened: Session[] = [];
  const open = async (): Promise<Session> => {
    const session = await connect();
    opened.push(session);
    return session;
  };
  try {
    const [locker, holder, leader] = [await open(), await open(), await open()];
    const readers: [Session, ...Session[]] = [leader];
    while (readers.length < jobs) {
      const reader = await open().catch((error: unknown) => {
        if (isLimit(error)) return null;
        throw error;
      });
      if (reader === null) {
        const will = formatCount(readers.length, 'connection');
        reporter.warning(`The server has no more connections to give: ${will} will do.`);
        break;
      }
      readers.push(reader);
    }
    return { locker, holder, readers };
  } catch (error) {
    await closeAll(opened);
    throw error;
  }
}

export async function closeAll(sessions: readonly Session[]): Promise<void> {
  await Promise.all(sessions.map((session) => session.close()));
}

function isLimit(error: unknown): boolean {
  const cause = error instanceof HoldfastError ? error.cause : error;
  return isServerError(cause) && NO_MORE.has(cause.code);
}
