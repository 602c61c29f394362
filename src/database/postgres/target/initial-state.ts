import { HoldfastError } from '../../../core/errors.ts';
import type { TargetOptions } from '../../engine.ts';
import { createCatalog } from '../catalog/catalog.ts';
import { readOwnerResets } from '../catalog/sequels/owner.ts';
import { readPrivilegeResets, readPrivileges } from '../catalog/sequels/privileges.ts';
import type { Session } from '../connection/session.ts';
import { nameList } from '../../../core/name-lists.ts';

export interface InitialStateOptions extends Pick<TargetOptions, 'noOwner' | 'noPrivileges' | 'reporter'> {
  /** As server_version_num. */
  readonly version: number;
}

/** One thing that is not as a fresh database has it, and what makes it so; `sql` is null where the role may not. */
interface Difference extends Record<string, string | null> {
  readonly what: string;
  readonly sql: string | null;
}

/**
 * Gives what stays in a cleared database the state that it has in a fresh one: schema public, plpgsql, the server's own
 * objects, and what belongs to the database itself. Owners and privileges are left alone where the options leave them out.
 */
export async function restoreInitialState(session: Session, options: InitialStateOptions): Promise<void> {
  await session.run('CREATE SCHEMA IF NOT EXISTS public');
  await session.run('CREATE EXTENSION IF NOT EXISTS plpgsql WITH SCHEMA pg_catalog');
  const impossible: string[] = [];
  const mend = async (differences: readonly Difference[], given: string[] = impossible): Promise<void> => {
    for (const { what, sql } of differences) {
      if (sql === null) given.push(what);
      else await session.query(sql);
    }
  };
  // Who runs a server for others may have changed these for all.
  const ofServer: string[] = [];
  const catalog = createCatalog((sql, values) => session.query(sql, values), options.version);
  if (!options.noOwner) {
    await mend(await session.query<Difference>(ownerOfPublic(options.version)));
    const [role] = await session.query<{ is_superuser: string }>(isSuperuser);
    const may = role?.is_superuser === 'true';
    const owners = await readOwnerResets(catalog);
    await mend(
      owners.map(({ object, sql }) => ({ what: object, sql: may ? sql : null })),
      ofServer,
    );
  }
  await mend(await session.query<Difference>(comments));
  await mend(await session.query<Difference>(securityLabels));
  await mend(await session.query<Difference>(databaseSettings));
  if (!options.noPrivileges) {
    await mend(await session.query<Difference>(privileges(options.version)));
    await mend(
      (await readPrivilegeResets(catalog)).map(({ object, sql }) => ({
        what: object,
        sql,
      })),
      ofServer,
    );
  }
  const [setting] = await session.query<Difference>(databaseSettings);
  if (setting) {
    throw new HoldfastError('failed', `The settings of ${setting.what} could not be taken back.`, {
      hint: `Nothing was changed. Restore as a superuser, or first as one: ${setting.sql};`,
    });
  }
  if (ofServer.length > 0) {
    options.reporter.detail(
      `The server's own objects keep their owners and privileges: ${nameList([...new Set(ofServer)])}`,
    );
  }
  if (impossible.length > 0) {
    options.reporter.warning(
      `The connecting role may not give these back their initial state, and they stay as they are: ${nameList([...new Set(impossible)])}.`,
    );
  }
}

/** The first number of an object that is not the server's own. */
const FIRST_USER_OBJECT = 16384;

/**
 * What would not be as in a fresh database after `restoreInitialState`, by the first that is found: it is left alone, or the role
 * may not change it. Changes nothing.
 */
export async function findUnlikeFresh(
  session: Session,
  { version, noOwner, noPrivileges }: Omit<InitialStateOptions, 'reporter'>,
): Promise<string | null> {
  const [role] = await session.query<{ is_superuser: string }>(isSuperuser);
  const isAble = role?.is_superuser === 'true';
  if (isAble && !noOwner && !noPrivileges) return null;
  const catalog = createCatalog((sql, values) => session.query(sql, values), version);
  if (!isAble || noOwner) {
    const [standing] = await session.query<{ what: string }>(standingOwners(version));
    if (standing) return standing.what;
    const [owner] = await readOwnerResets(catalog);
    if (owner) return `the owner of ${owner.object}`;
  }
  const ofStanding = ({ what }: Difference): boolean =>
    ['SCHEMA public', 'EXTENSION plpgsql'].some((object) => what.endsWith(` ${object}`));
  const isLeft = ({ sql }: Difference): boolean => sql === null;
  const comment = (await session.query<Difference>(comments)).filter(ofStanding).find(isLeft);
  if (comment) return comment.what;
  const lists = (await session.query<Difference>(privileges(version))).filter(ofStanding);
  const list = lists.find((difference) => noPrivileges || isLeft(difference));
  if (list) return list.what;
  const granted = (await readPrivileges(catalog)).find(
    ({ id, statements }) =>
      Number(id.split(':')[1]) < FIRST_USER_OBJECT &&
      !id.startsWith('pg_namespace:') &&
      statements.length > 0,
  );
  return granted === undefined ? null : `what is granted on ${granted.statements[0]?.name}`;
}

/** Schema public and plpgsql where they are missing or somebody else's than in a fresh database. */
function standingOwners(version: number): string {
  const owner = version >= 150000 ? `'pg_database_owner'::pg_catalog.regrole::oid` : '10::oid';
  return `SELECT 'the owner of schema public' AS what
    WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE nspname = 'public' AND nspowner = ${owner})
    UNION ALL SELECT 'the owner of extension plpgsql'
    WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_extension WHERE extname = 'plpgsql' AND extowner = 10)`;
}

const mine = (owner: string) => `pg_catalog.pg_has_role(${owner}, 'USAGE')`;
const isSuperuser =
  'SELECT rolsuper::text AS is_superuser FROM pg_catalog.pg_roles WHERE rolname = current_user';
const database = `(SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())`;

/**
 * Since 15 schema public belongs to whoever owns the database, before to who made the cluster. It may stay with the
 * connecting role, which cannot give it away there.
 */
function ownerOfPublic(version: number): string {
  const owner = version >= 150000 ? `'pg_database_owner'::pg_catalog.regrole::oid` : '10::oid';
  const canGive = `pg_catalog.pg_has_role(${owner}, '${version >= 160000 ? 'SET' : 'MEMBER'}')`;
  return `SELECT 'the owner of schema public' AS what,
      CASE WHEN ${mine('nspowner')}
        THEN pg_catalog.format('ALTER SCHEMA public OWNER TO %I', pg_catalog.pg_get_userbyid(${owner})) END AS sql
    FROM pg_catalog.pg_namespace WHERE nspname = 'public' AND nspowner <> ${owner}
      AND (${canGive} OR NOT ${mine('nspowner')})`;
}

/** Of the database, schema public, schemas that stay, and extensions that stay. */
const comments = `SELECT 'the comment on ' || what AS what,
    CASE WHEN mine THEN pg_catalog.format('COMMENT ON %s IS %L', what, initial) END AS sql
  FROM (
    SELECT pg_catalog.format('SCHEMA %I', nspname) AS what, ${mine('nspowner')} AS mine,
      pg_catalog.obj_description(oid, 'pg_namespace') AS current,
      CASE nspname WHEN 'public' THEN 'standard public schema' END AS initial
    FROM pg_catalog.pg_namespace WHERE nspname = 'public' OR oid >= 16384 AND nspname !~ '^pg_(temp|toast)'
    UNION ALL
    SELECT pg_catalog.format('EXTENSION %I', e.extname), ${mine('e.extowner')},
      pg_catalog.obj_description(e.oid, 'pg_extension'), a.comment
    FROM pg_catalog.pg_extension AS e JOIN pg_catalog.pg_available_extensions AS a ON a.name = e.extname
    UNION ALL
    SELECT pg_catalog.format('DATABASE %I', datname), ${mine('datdba')},
      pg_catalog.shobj_description(oid, 'pg_database'), NULL
    FROM pg_catalog.pg_database WHERE oid = ${database}
  ) AS commented WHERE current IS DISTINCT FROM initial`;

const securityLabels = `SELECT 'the security label of ' || what AS what,
    pg_catalog.format('SECURITY LABEL FOR %I ON %s IS NULL', provider, what) AS sql
  FROM (
    SELECT l.provider, upper(i.type) || ' ' || i.identity AS what FROM pg_catalog.pg_seclabel AS l
    CROSS JOIN LATERAL pg_catalog.pg_identify_object(l.classoid, l.objoid, l.objsubid) AS i
    UNION ALL
    SELECT provider, pg_catalog.format('DATABASE %I', pg_catalog.current_database()) FROM pg_catalog.pg_shseclabel
    WHERE classoid = 'pg_catalog.pg_database'::pg_catalog.regclass AND objoid = ${database}
  ) AS labelled`;

/** RESET ALL takes away what the role may take away, without a word about the rest. */
const databaseSettings = `SELECT what, 'ALTER ' || what || ' RESET ALL' AS sql
  FROM (
    SELECT coalesce('ROLE ' || pg_catalog.quote_ident(r.rolname) || ' IN ', '')
      || pg_catalog.format('DATABASE %I', pg_catalog.current_database()) AS what
    FROM pg_catalog.pg_db_role_setting AS s LEFT JOIN pg_catalog.pg_roles AS r ON r.oid = s.setrole
    WHERE s.setdatabase = ${database} AND (s.setrole = 0 OR r.oid IS NOT NULL)
  ) AS settings`;

/**
 * Of the database, of schema public and of schemas that stay: all is revoked, with what others granted in their turn, and
 * granted in the order in which the server has it.
 */
function privileges(version: number): string {
  const grantees = (acl: string) => `(SELECT pg_catalog.string_agg(DISTINCT CASE grantee WHEN 0 THEN 'PUBLIC'
        ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(grantee)) END, ', ')
      FROM pg_catalog.aclexplode(nullif(${acl}, '{}')))`;
  /** What a list says, whatever its order. */
  const meaning = (acl: string) => `(SELECT pg_catalog.array_agg(
      pg_catalog.concat_ws(' ', grantee, privilege_type, is_grantable) ORDER BY grantee, privilege_type, is_grantable)
      FROM pg_catalog.aclexplode(nullif(${acl}, '{}')))`;
  const publicRights = version >= 150000 ? ['USAGE'] : ['USAGE', 'CREATE'];
  const publicItems = publicRights
    .map((right) => ` || pg_catalog.makeaclitem(0, nspowner, '${right}', false)`)
    .join('');
  return `SELECT 'the privileges on ' || what AS what,
      CASE WHEN mine THEN coalesce('REVOKE ALL ON ' || what || ' FROM ' || ${grantees('current')} || ' CASCADE;', '')
        || pg_catalog.format('GRANT ALL ON %s TO %s;', what, owner)
        || coalesce('GRANT ' || of_public || ' ON ' || what || ' TO PUBLIC;', '') END AS sql
    FROM (
      SELECT pg_catalog.format('SCHEMA %I', nspname) AS what, ${mine('nspowner')} AS mine,
        pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(nspowner)) AS owner,
        CASE nspname WHEN 'public' THEN '${publicRights.join(', ')}' END AS of_public,
        coalesce(nspacl, pg_catalog.acldefault('n', nspowner)) AS current,
        CASE nspname WHEN 'public' THEN pg_catalog.acldefault('n', nspowner)${publicItems}
          ELSE pg_catalog.acldefault('n', nspowner) END AS initial
      FROM pg_catalog.pg_namespace WHERE nspname = 'public' OR oid >= 16384 AND nspname !~ '^pg_(temp|toast)'
      UNION ALL
      SELECT pg_catalog.format('DATABASE %I', datname), ${mine('datdba')},
        pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(datdba)), 'CONNECT, TEMPORARY',
        coalesce(datacl, pg_catalog.acldefault('d', datdba)), pg_catalog.acldefault('d', datdba)
      FROM pg_catalog.pg_database WHERE oid = ${database}
    ) AS listed WHERE ${meaning('current')} IS DISTINCT FROM ${meaning('initial')}`;
}
