import { sqlStateOf } from '../connection/failure.ts';
import type { Session } from '../connection/session.ts';
import type { PostgresFacts } from '../facts.ts';
import { findUserObjects, NOTHING_KEPT } from './contents.ts';

/** Lets a session read bytes where the server cannot write a name in UTF-8. */
export async function readBytesIfNeeded(session: Session): Promise<void> {
  try {
    await findUserObjects(session, Number.MAX_SAFE_INTEGER, NOTHING_KEPT);
  } catch (error) {
    if (sqlStateOf(error) !== '22P05') throw error;
    await session.readBytes();
  }
}

/** Lets a session speak as the archive does. Preflight refuses what is neither UTF-8 nor in the database's encoding. */
export async function speakLike(
  session: Session,
  { encoding }: PostgresFacts,
  { textEncoding = 'UTF8' }: PostgresFacts,
): Promise<void> {
  await session.readBytes(encoding !== 'UTF8' && (encoding === 'SQL_ASCII' || textEncoding === encoding));
}
