import { HoldfastError } from '../../../core/errors.ts';
import type { TargetOptions } from '../../engine.ts';
import type { Session } from '../connection/session.ts';
import type { PostgresFacts } from '../facts.ts';
import type { Cleared } from './clear.ts';
import { findContents } from './preinstalled.ts';

const objectsToShow = 5;

/** Whether a session's database holds nothing of users but what is kept; names some of what it does hold. */
export async function isEmptyBut(
  { kept }: Cleared,
  session: Session,
  { versionNumber }: PostgresFacts,
  { reporter }: Pick<TargetOptions, 'reporter'>,
): Promise<boolean> {
  const found = await findContents(session, versionNumber, kept, objectsToShow);
  if (found.length > 0) reporter.detail(`The database holds, among others: ${found.join(', ')}`);
  return found.length === 0;
}

export function noLongerEmpty({ database }: PostgresFacts): HoldfastError {
  return new HoldfastError('failed', `The database ${database} is no longer empty.`, {
    hint: 'Somebody else uses it. Restore into a database of its own. Nothing was changed.',
  });
}
