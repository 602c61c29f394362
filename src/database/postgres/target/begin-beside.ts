import type { Session } from '../connection/session.ts';
import { type BeginOptions, patienceSeconds } from './begin-transaction.ts';
import { NOTHING_CLEARED } from './clear.ts';
import { isEmptyBut, noLongerEmpty } from './emptiness.ts';
import { speakLike } from './encodings.ts';
import { findContents, findPreinstalled } from './preinstalled.ts';
import { takeInventory } from './staging/inventory.ts';
import { findObstacle } from './staging/obstacles.ts';
import { isOtherLoadOn, otherLoadFailure, prepareStaging } from './staging/prepare.ts';
import { StagedLoad } from './staging/staged-load.ts';

/**
 * What sessions beside the target are set to. That their commits are on disk need not be waited for: the swap's is, and with it all
 * that was committed before.
 */
const loadSettings = `SELECT pg_catalog.set_config(name, value, false) FROM (VALUES
  ('default_transaction_isolation', 'read committed'), ('default_transaction_read_only', 'off'),
  ('lock_timeout', '${patienceSeconds}s'), ('synchronous_commit', 'off')) AS wanted (name, value)`;

/** Begins a load in a database beside the session's, or says why there cannot be one. The session may be closed by then. */
export async function beginBeside(
  session: Session,
  options: BeginOptions & { readonly patienceSeconds: number },
): Promise<StagedLoad | string> {
  const { target, archived, identity, replace } = options;
  const { database, versionNumber } = target;
  if (await isOtherLoadOn(session, database)) throw otherLoadFailure(database);
  const inventory = await takeInventory(session);
  const room = replace ? NOTHING_CLEARED : await findPreinstalled(session);
  if (!replace && !(await isEmptyBut(room, session, target, options))) throw noLongerEmpty(target);
  const obstacle = await findObstacle(session, options);
  if (obstacle !== null) return obstacle;
  const staging = await prepareStaging(session, { ...options, target: database });
  if (typeof staging === 'string') return staging;
  const { fresh: name, token } = staging.side;
  const load = new StagedLoad(staging, {
    ...options,
    room,
    inventory,
    record: { ...identity, staging: { oid: staging.oid, name, token } },
    isStillEmpty: async (inTarget) =>
      replace || (await findContents(inTarget, versionNumber, room.kept, 1)).length === 0,
  });
  try {
    for (const worker of staging.workers) {
      await worker.query(loadSettings);
      await speakLike(worker, target, archived);
    }
  } catch (error) {
    await load.rollback();
    throw error;
  }
  return load;
}
