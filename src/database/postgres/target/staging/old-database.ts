import { printable } from '../../../../core/printable.ts';
import type { Reporter } from '../../../../core/reporter.ts';
import { quoteIdentifier, quoteLiteral } from '../../catalog/sql/identifiers.ts';
import type { ConnectionConfig } from '../../connection/config.ts';
import { connect } from '../../connection/connect.ts';
import type { Session } from '../../connection/session.ts';
import { digestOf, takeInventory } from './inventory.ts';
import { dropSideDatabase, letWrite } from './side-databases.ts';

/** How the comment begins that the swap gives the old database; the comment that it had follows. */
const mark = /^What was replaced: ([0-9a-f]{64})(?:\n(.*))?$/s;

/** Writes to a database that is replaced what was in it when the load began, for whoever is to remove it. */
export async function markReplaced(session: Session, old: string, digest: string): Promise<void> {
  const comment = await commentOf(session, old);
  await setComment(session, old, `What was replaced: ${digest}${comment === null ? '' : `\n${comment}`}`);
}

/**
 * Removes a database that was replaced. If something was made in it after the load had begun, it stays, under a name that no recovery
 * takes for what may be removed.
 */
export async function removeOld(
  session: Session,
  old: string,
  config: ConnectionConfig,
  { reporter, signal }: { readonly reporter: Reporter; readonly signal: AbortSignal },
): Promise<void> {
  const comment = await commentOf(session, old);
  const [, digest, former] = mark.exec(comment ?? '') ?? [];
  const inside = await connect({ ...config, hosts: [session.host], database: old }, signal);
  let isUnchanged;
  try {
    isUnchanged = digestOf(await takeInventory(inside)) === digest;
  } finally {
    await inside.close();
  }
  if (isUnchanged) return dropSideDatabase(session, old);
  const kept = old.replace(/_old$/, '_kept');
  await letWrite(session);
  await session.run(`ALTER DATABASE ${quoteIdentifier(old)} RENAME TO ${quoteIdentifier(kept)}`);
  if (digest !== undefined) await setComment(session, kept, former ?? null);
  reporter.warning(
    `Others have made or altered objects in the database right before it was replaced. ` +
      `What it held is kept as database ${printable(kept)}.`,
  );
}

async function commentOf(session: Session, database: string): Promise<string | null> {
  const [row] = await session.query(
    `SELECT pg_catalog.shobj_description(oid, 'pg_database') AS comment FROM pg_catalog.pg_database WHERE datname = $1`,
    [database],
  );
  return row?.['comment'] ?? null;
}

async function setComment(session: Session, database: string, comment: string | null): Promise<void> {
  const text = comment === null ? 'NULL' : quoteLiteral(comment);
  await session.run(`COMMENT ON DATABASE ${quoteIdentifier(database)} IS ${text}`);
}
