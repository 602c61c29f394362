import type { Problem } from '../../../core/problem.ts';
import type { TargetOptions } from '../../engine.ts';
import type { Session } from '../connection/session.ts';
import type { MysqlFacts } from '../facts.ts';
import { binaryLogProblems } from './binary-log.ts';
import { collationProblems } from './collations.ts';
import { readContext } from './context.ts';
import { definerProblems } from './definers.ts';
import { eventProblems } from './events.ts';
import { featureProblems } from './features.ts';
import { nameProblems } from './names.ts';
import { ownNameProblems } from './own-name.ts';
import { packetProblems } from './packets.ts';
import { replaceProblems } from './replace.ts';
import { rightsProblems } from './rights.ts';
import { findServerLock } from './server-lock.ts';
import { serverProblems } from './server.ts';
import { storageEngineProblems } from './storage-engines.ts';
import { tableProblems } from './tables.ts';

/** For locks of others, in seconds: a backup that is about to begin has them for some milliseconds. */
const patienceSeconds = 3;

/** The subjects of a preflight, in the order in which their problems are listed. */
const checks = [
  serverProblems,
  featureProblems,
  collationProblems,
  storageEngineProblems,
  tableProblems,
  nameProblems,
  packetProblems,
  rightsProblems,
  binaryLogProblems,
  definerProblems,
  eventProblems,
  ownNameProblems,
  replaceProblems,
];

/**
 * Everything that would make the load of `archived` into the session's database fail, all at once. Changes nothing.
 * Other restores and foreign keys of other databases are the target's own to find.
 */
export async function findProblems(
  session: Session,
  archived: MysqlFacts,
  options: TargetOptions,
): Promise<Problem[]> {
  // What is locked would keep the checks waiting too.
  const locked = await findServerLock(session, patienceSeconds);
  if (locked !== null) return [locked];
  const context = await readContext(session, archived, options);
  const problems: Problem[] = [];
  for (const check of checks) problems.push(...(await check(context)));
  return problems;
}
