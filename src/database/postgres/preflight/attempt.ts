import { isServerError, type ServerError } from '../connection/failure.ts';
import type { PreflightContext } from './context.ts';

/** What says nothing about the statement itself: somebody else holds a lock (55P03), a deadlock (40P01). */
const passing = new Set(['55P03', '40P01']);

/**
 * Tries statements, each by itself, in a transaction that is rolled back: the server knows best what it refuses, also
 * where a hosted one has rules of its own. Gives the errors by the statements' keys, but for those of event triggers. A
 * standby tries nothing.
 * @param look asks for what a statement has made, by its key
 */
export async function attempt(
  { session, isStandby, eventTriggers }: Pick<PreflightContext, 'session' | 'isStandby' | 'eventTriggers'>,
  statements: ReadonlyMap<string, string>,
  look: (key: string) => Promise<void> = () => Promise.resolve(),
): Promise<Map<string, ServerError>> {
  const errors = new Map<string, ServerError>();
  if (statements.size === 0 || isStandby) return errors;
  await session.run('BEGIN READ WRITE');
  try {
    await session.run(`SET LOCAL lock_timeout = '3s'`);
    await eventTriggers.silence(session);
    for (const [key, sql] of statements) {
      await session.run('SAVEPOINT attempt');
      try {
        await session.query(sql);
        await look(key);
      } catch (error) {
        if (!isServerError(error)) throw error;
        if (!passing.has(error.code) && !eventTriggers.claims(error)) errors.set(key, error);
      }
      await session.query('ROLLBACK TO SAVEPOINT attempt; RELEASE SAVEPOINT attempt');
    }
  } finally {
    if (!session.isLost) await session.run('ROLLBACK');
  }
  return errors;
}
