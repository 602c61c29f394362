import type { Engine, RecoveredLoad } from '../../../engine.ts';
import { printable } from '../../../../core/printable.ts';
import { type ConnectionConfig, resolveConnection } from '../../connection/config.ts';
import { connect } from '../../connection/connect.ts';
import type { Session } from '../../connection/session.ts';
import type { StagedRecord } from '../load-record.ts';
import { removeOld } from './old-database.ts';
import { discard } from './discard.ts';
import { findSideDatabases, type FoundSideDatabase, isOn } from './side-databases.ts';

/** How long what a server still does for a process that is gone may take, before it counts as that of one that is not. */
const patienceMilliseconds = 2000;

/**
 * Removes what crashed loads into a database left beside it: the swap is one transaction, so there is nothing else to finish
 * or undo.
 * @throws HoldfastError `failed` when it cannot be done (now)
 */
export async function recover(options: Parameters<Engine['recover']>[0]): Promise<readonly RecoveredLoad[]> {
  const config = await resolveConnection(options);
  const session = await connect(config, options.signal);
  try {
    const target = session.address.database;
    const found: RecoveredLoad[] = [];
    for (const side of await findSideDatabases(session, target)) {
      const { name, token, kind } = side;
      if (await isOn(session, token, patienceMilliseconds)) {
        options.reporter.detail(`${name} belongs to a restore that is on`);
        continue;
      }
      if (!options.dryRun) await remove(session, side, config, options);
      const reached = kind === 'old' ? 'had put the new in place' : 'had not put the new in place';
      found.push({
        description: `an unfinished load of database ${printable(target)} that ${reached} (database ${name})`,
        outcome: kind === 'old' ? 'committed' : 'rolled back',
      });
    }
    return found;
  } finally {
    await session.close();
  }
}

/** Removes what a load whose outcome is known has beside its target, once its process is gone. */
export async function removeSideDatabases(
  session: Session,
  { database, staging }: StagedRecord,
  config: ConnectionConfig,
  options: Parameters<typeof removeOld>[3],
): Promise<void> {
  if (await isOn(session, staging.token)) return;
  for (const side of await findSideDatabases(session, database)) {
    if (side.token === staging.token) await remove(session, side, config, options);
  }
}

async function remove(
  session: Session,
  { name, kind }: FoundSideDatabase,
  config: ConnectionConfig,
  options: Parameters<typeof removeOld>[3],
): Promise<void> {
  if (kind === 'new') await discard(session, name, config, options.signal);
  else await removeOld(session, name, config, options);
}
