import type { TargetOptions } from '../../engine.ts';
import { majorVersion, type PostgresFacts } from '../facts.ts';
import type { Session } from '../connection/session.ts';
import { type EventTriggers, readEventTriggers } from './event-triggers.ts';

/** The role that restores. */
export interface ConnectedRole {
  readonly name: string;
  readonly isSuperuser: boolean;
}

/** What every check of a preflight looks at. */
export interface PreflightContext {
  readonly session: Session;
  readonly target: PostgresFacts;
  /** The target's version as people call it: 15. */
  readonly version: number;
  readonly archived: PostgresFacts;
  readonly options: TargetOptions;
  readonly role: ConnectedRole;
  /** True when the server takes no statement that writes. */
  readonly isStandby: boolean;
  readonly eventTriggers: EventTriggers;
}

export async function readContext(
  session: Session,
  target: PostgresFacts,
  archived: PostgresFacts,
  options: TargetOptions,
): Promise<PreflightContext> {
  const [row] = await session.query(`
    SELECT rolname AS name, rolsuper::text AS superuser, pg_catalog.pg_is_in_recovery()::text AS standby
    FROM pg_catalog.pg_roles WHERE rolname = current_user`);
  return {
    session,
    target,
    version: majorVersion(target.versionNumber),
    archived,
    options,
    role: { name: row?.['name'] ?? '', isSuperuser: row?.['superuser'] === 'true' },
    isStandby: row?.['standby'] === 'true',
    eventTriggers: await readEventTriggers(session, options),
  };
}
