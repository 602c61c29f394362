import { randomBytes } from 'node:crypto';
import { isServerError, type ServerError } from '../connection/failure.ts';
import type { Session } from '../connection/session.ts';

/**
 * Tries a statement that can only fail, for what it names is not there: which error comes tells what the server thinks of the
 * rest of it. Null where none comes.
 */
export async function attempt(session: Session, sql: string): Promise<ServerError | null> {
  try {
    await session.query(sql);
    return null;
  } catch (error) {
    if (!isServerError(error)) throw error;
    return error;
  }
}

/** A name for a database that does not exist, such as restores give to those that they stage in. */
export function nameOfNoDatabase(): string {
  return `holdfast_${randomBytes(6).toString('hex')}_new`;
}
