import { nameList } from '../../../../core/name-lists.ts';
import { printable } from '../../../../core/printable.ts';
import type { TargetOptions } from '../../../engine.ts';
import type { Session } from '../../connection/session.ts';
import type { PostgresFacts } from '../../facts.ts';
import { findUnlikeFresh } from '../initial-state.ts';
import { findKeptExtensions } from '../kept-extensions.ts';
import { findOthers } from './others.ts';

/** What would be different, or not work, if a load were made in another database that takes the target's place. */
export interface ObstacleOptions extends Pick<TargetOptions, 'replace' | 'noOwner' | 'noPrivileges'> {
  readonly target: PostgresFacts;
  readonly archived: PostgresFacts;
}

const ofServer = ['postgres', 'template0', 'template1'];

/** Why a load cannot be made beside the target, as a clause; null where nothing is seen that stands against it. */
export async function findObstacle(session: Session, options: ObstacleOptions): Promise<string | null> {
  const { target, archived, replace } = options;
  const name = target.database;
  if (ofServer.includes(name)) return "the database is the server's own";
  // Where bytes of a name are text in one encoding they are none in another, and the database's name is read from others.
  if (!/^[\x20-\x7e]+$/.test(name)) return 'the name of the database is not plain ASCII';
  if ((archived.requires?.demands?.subscriptions ?? []).length > 0) return 'the archive has subscriptions';
  return (await findObstacleOfDatabase(session)) ?? (replace ? findUnlike(session, options) : null);
}

async function findObstacleOfDatabase(session: Session): Promise<string | null> {
  const [row] = await session.query(`
    SELECT current_user AS role, d.datname AS name, r.rolsuper::text AS superuser, r.rolcreatedb::text AS creates,
      pg_catalog.pg_has_role(d.datdba, 'USAGE')::text AS owns, d.datistemplate::text AS template,
      EXISTS (SELECT FROM pg_catalog.pg_prepared_xacts WHERE database = d.datname)::text AS prepared,
      EXISTS (SELECT FROM pg_catalog.pg_replication_slots WHERE database = d.datname)::text AS slots,
      EXISTS (SELECT FROM pg_catalog.pg_subscription WHERE subdbid = d.oid)::text AS subscriptions,
      EXISTS (SELECT FROM pg_catalog.pg_shseclabel
        WHERE classoid = 'pg_catalog.pg_database'::pg_catalog.regclass AND objoid = d.oid)::text AS labels
    FROM pg_catalog.pg_database AS d, pg_catalog.pg_roles AS r
    WHERE d.datname = pg_catalog.current_database() AND r.rolname = current_user`);
  const is = (column: string): boolean => row?.[column] === 'true';
  const role = printable(row?.['role'] ?? '');
  if (!is('superuser') && !is('creates')) return `role ${role} has no CREATEDB`;
  if (!is('superuser') && !is('owns')) return `role ${role} does not own the database`;
  if (is('template')) return 'the database is a template';
  if (is('prepared')) return 'the database has prepared transactions';
  if (is('slots')) return 'the database has replication slots';
  if (is('subscriptions')) return 'the database has subscriptions';
  if (is('labels')) return 'the database has security labels';
  const others = await findOthers(session, row?.['name'] ?? '');
  if (others.length > 0) return `others are connected to the database (${others[0]?.description})`;
  return null;
}

/** What of a database that is replaced would stay as it is, and not be as in a fresh one. */
async function findUnlike(session: Session, options: ObstacleOptions): Promise<string | null> {
  const { target, archived } = options;
  const extensions = archived.requires?.extensions.map((extension) => extension.name) ?? [];
  const kept = await findKeptExtensions(session, extensions);
  if (kept.length > 0) return `others own extensions in it (${nameList(kept.map((one) => one.name))})`;
  const unlike = await findUnlikeFresh(session, { ...options, version: target.versionNumber });
  return unlike === null ? null : `${unlike} would not stay as it is`;
}
