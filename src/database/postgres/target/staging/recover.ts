import type { Engine, RecoveredLoad } from '../../../engine.ts';
import { printable } from '../../../../core/printable.ts';
import { resolveConnection } from '../../connection/config.ts';
import { connect } from '../../connection/connect.ts';
import type { Session } from '../../connection/session.ts';
import type { StagedRecord } from '../load-record.ts';
import { dropSideDatabase, findSideDatabases, isOn } from './side-databases.ts';

/** How long what a server still does for a process that is gone may take, before it counts as that of one that is not. */
const patienceMilliseconds = 2000;

/**
 * Removes what crashed loads into a database left beside it: the swap is one transaction, so there is nothing else to finish
 * or undo.
 * @throws HoldfastError `failed` when it cannot be done (now)
 */
export async function recover(options: Parameters<Engine['recover']>[0]): Promise<readonly RecoveredLoad[]> {
  const session = await connect(await resolveConnection(options), options.signal);
  try {
    const target = session.address.database;
    const found: RecoveredLoad[] = [];
    for (const { name, token, kind } of await findSideDatabases(session, target)) {
      if (await isOn(session, token, patienceMilliseconds)) {
        options.reporter.detail(`${name} belongs to a restore that is on`);
        continue;
      }
      if (!options.dryRun) await dropSideDatabase(session, name);
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
): Promise<void> {
  if (await isOn(session, staging.token)) return;
  for (const { name, token } of await findSideDatabases(session, database)) {
    if (token === staging.token) await dropSideDatabase(session, name);
  }
}
