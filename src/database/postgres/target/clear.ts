import { HoldfastError } from '../../../core/errors.ts';
import { printable } from '../../../core/printable.ts';
import type { TargetOptions } from '../../engine.ts';
import { blockedFailure, lockStates } from './blockers.ts';
import { createCatalog } from '../catalog/catalog.ts';
import { readConfigurationClearing } from '../catalog/extension-configuration.ts';
import { isServerError } from '../connection/failure.ts';
import type { Session } from '../connection/session.ts';
import {
  dropStatement,
  isNotKept,
  type Kept,
  NOTHING_KEPT,
  objectClasses,
  selectSubscriptions,
  selectUserObjects,
} from './contents.ts';
import { restoreInitialState } from './initial-state.ts';
import { findKeptExtensions, keptOids, schemasOfExtensions, untouchable } from './kept-extensions.ts';
import { clearFailure } from './load-failure.ts';

const statementsAtATime = 200;
/** What one round drops may lay bare what the next has to; more than two have not been seen. */
const mostRounds = 10;

export interface ClearOptions extends Pick<TargetOptions, 'noOwner' | 'noPrivileges' | 'reporter'> {
  /** As server_version_num. */
  readonly version: number;
  /** The names of the extensions that the archive has. */
  readonly extensions: readonly string[];
}

/** What had to stay. */
export interface Cleared {
  /** Names of schemas, besides `public`, that the archive need not make again. */
  readonly keptSchemas: ReadonlySet<string>;
  readonly kept: Kept;
  /** What others own of it, as commands name it (`SCHEMA ext`): its owner, grants and comment are not the role's to change. */
  readonly untouchable: readonly string[];
}

export const NOTHING_CLEARED: Cleared = {
  keptSchemas: new Set(),
  kept: NOTHING_KEPT,
  untouchable: [],
};

/**
 * Removes, in the session's transaction, all that users have in the database, and brings back what a fresh one has. When
 * it fails the transaction is rolled back. The transaction's lock_timeout limits every wait.
 * @throws HoldfastError `failed`, naming who holds locks, or what cannot be removed
 */
export async function clearDatabase(session: Session, options: ClearOptions): Promise<Cleared> {
  try {
    const extensions = await findKeptExtensions(session, options.extensions);
    const schemas = await schemasOfExtensions(session, extensions);
    if (extensions.length > 0) {
      options.reporter.detail(`These extensions stay: ${extensions.map(({ name }) => name).join(', ')}`);
    }
    const kept = keptOids(extensions, schemas);
    await dropObjects(session, kept);
    await clearConfiguration(session, options.version, kept);
    // Behind the event triggers, which would be told of it.
    await dropSubscriptions(session);
    await restoreInitialState(session, options);
    return {
      keptSchemas: new Set(schemas.map(({ name }) => name)),
      kept,
      untouchable: untouchable(extensions, schemas),
    };
  } catch (error) {
    if (session.isLost) throw error;
    await session.run('ROLLBACK');
    if (!isServerError(error)) throw error;
    throw lockStates.includes(error.code) ? await blockedFailure(session, error) : clearFailure(error);
  }
}

/** Rows that extensions which stay hold for the user go with all else of the user's. */
async function clearConfiguration(session: Session, version: number, { extensions }: Kept): Promise<void> {
  const catalog = createCatalog((sql, values) => session.query(sql, values), version);
  const ids = new Set(extensions.map((oid) => `pg_extension:${Number(oid)}` as const));
  for (const sql of await readConfigurationClearing(catalog, ids)) await session.run(sql);
}

/** Those with a slot are refused in preflight, and by the server here. */
async function dropSubscriptions(session: Session): Promise<void> {
  const rows = await session.query(selectSubscriptions);
  for (const row of rows) await session.run(`DROP SUBSCRIPTION ${row['identity']}`);
}

async function dropObjects(session: Session, kept: Kept): Promise<void> {
  for (let round = 1; ; round += 1) {
    for (const objects of objectClasses) {
      const rows = await session.query(
        `SELECT extra AS sql FROM (${selectUserObjects([objects], dropStatement)}) AS objects WHERE ${isNotKept}`,
        [kept.extensions, kept.schemas],
      );
      const statements = rows.map((row) => row['sql'] ?? '');
      while (statements.length > 0) {
        await session.query(statements.splice(0, statementsAtATime).join(';\n'));
      }
    }
    await session.query(
      'SELECT pg_catalog.count(pg_catalog.lo_unlink(oid)) FROM pg_catalog.pg_largeobject_metadata',
    );
    await resetDefaultPrivileges(session);
    const left = await session.query(
      `SELECT kind || ' ' || coalesce(schema || '.', '') || name AS object
      FROM (${selectUserObjects()}) AS objects WHERE ${isNotKept} LIMIT 5`,
      [kept.extensions, kept.schemas],
    );
    if (left.length === 0) return;
    if (round < mostRounds) continue;
    throw new HoldfastError(
      'failed',
      `These objects could not be removed: ${left.map((row) => printable(row['object'] ?? '')).join(', ')}.`,
      { hint: 'Drop them by hand, or restore into a new database. Nothing was changed.' },
    );
  }
}

/** The server forgets an entry once it says what holds without it. */
async function resetDefaultPrivileges(session: Session): Promise<void> {
  const rows = await session.query(`
    SELECT prefix || ' REVOKE ALL ON ' || objects || ' FROM ' || grantees || ';'
        || coalesce(pg_catalog.string_agg(prefix || ' GRANT ALL ON ' || objects || ' TO ' || initial.grantee || ';', ''), '') AS sql
    FROM (
      SELECT d.oid, pg_catalog.format('ALTER DEFAULT PRIVILEGES FOR ROLE %I', r.rolname)
          || coalesce(' IN SCHEMA ' || pg_catalog.quote_ident(n.nspname), '') AS prefix,
        CASE d.defaclobjtype WHEN 'r' THEN 'TABLES' WHEN 'S' THEN 'SEQUENCES' WHEN 'f' THEN 'FUNCTIONS'
          WHEN 'T' THEN 'TYPES' WHEN 'n' THEN 'SCHEMAS' WHEN 'L' THEN 'LARGE OBJECTS' END AS objects,
        (SELECT pg_catalog.string_agg(CASE grantee WHEN 0 THEN 'PUBLIC'
            ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(grantee)) END, ', ')
          FROM (SELECT grantee FROM pg_catalog.aclexplode(nullif(d.defaclacl, '{}')) UNION SELECT d.defaclrole) AS listed
        ) AS grantees,
        CASE WHEN d.defaclnamespace = 0 THEN pg_catalog.acldefault(
          CASE d.defaclobjtype WHEN 'S' THEN 's' ELSE d.defaclobjtype END, d.defaclrole) END AS initial
      FROM pg_catalog.pg_default_acl AS d
      JOIN pg_catalog.pg_roles AS r ON r.oid = d.defaclrole
      LEFT JOIN pg_catalog.pg_namespace AS n ON n.oid = d.defaclnamespace
    ) AS entry
    LEFT JOIN LATERAL (
      SELECT DISTINCT CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(a.grantee)) END AS grantee
      FROM pg_catalog.aclexplode(entry.initial) AS a
    ) AS initial ON true
    GROUP BY entry.oid, prefix, objects, grantees`);
  for (const row of rows) await session.query(row['sql'] ?? '');
}
