import type { Problem } from '../../../core/problem.ts';
import type { TargetOptions } from '../../engine.ts';
import { quoteIdentifier } from '../catalog/sql/identifiers.ts';
import type { Session } from '../connection/session.ts';
import { selectSubscriptions, selectUserObjects } from '../target/contents.ts';
import type { PostgresFacts } from '../facts.ts';
import { findKeptExtensions, type KeptExtension, schemasOfExtensions } from '../target/kept-extensions.ts';
import { findObstacle } from '../target/staging/obstacles.ts';
import { commandList, nameList, plural } from '../../../core/name-lists.ts';

const objectsToShow = 5;

/** Everything that would keep a database from being replaced by `archived`, all at once. Warns of who uses it. */
export async function findReplaceProblems(
  session: Session,
  target: PostgresFacts,
  archived: PostgresFacts,
  options: TargetOptions,
): Promise<Problem[]> {
  const { reporter } = options;
  const extensions = archived.requires?.extensions ?? [];
  const kept = await findKeptExtensions(
    session,
    extensions.map(({ name }) => name),
  );
  await warnOfUsers(session, reporter);
  // What the target holds then goes with its database, and nothing in it is locked.
  const isBeside =
    options.jobs > 1 && (await findObstacle(session, { ...options, target, archived })) === null;
  return [
    ...(await specialDatabase(session, reporter)),
    ...(await belongingToOthers(session, kept)),
    ...otherExtensions(kept, extensions),
    ...(await subscriptions(session)),
    ...(await preparedTransactions(session)),
    ...(await settingsOfOthers(session)),
    ...(isBeside ? [] : await tooManyLocks(session)),
  ];
}

async function specialDatabase(session: Session, reporter: TargetOptions['reporter']): Promise<Problem[]> {
  const [row] =
    await session.query(`SELECT datname AS name, datistemplate::text AS template FROM pg_catalog.pg_database
    WHERE datname = pg_catalog.current_database()`);
  const name = quoteIdentifier(row?.['name'] ?? '');
  if (row?.['template'] === 'true' || name === 'template0' || name === 'template1') {
    return [
      {
        message: `the database ${name} is a template, from which others are made`,
        hint: 'restore into a database of its own: CREATE DATABASE name TEMPLATE template0;',
      },
    ];
  }
  if (name === 'postgres') {
    reporter.warning(
      'The database postgres is the one that tools of the server connect to: is it meant to be replaced?',
    );
  }
  return [];
}

/** What the connecting role may not drop, by who owns it. */
async function belongingToOthers(session: Session, kept: readonly KeptExtension[]): Promise<Problem[]> {
  const rows = await session.query(
    `SELECT pg_catalog.pg_get_userbyid(owner) AS owner, current_user AS role, pg_catalog.count(*)::text AS count,
      (owner = 10)::text AS system, pg_catalog.to_json((pg_catalog.array_agg(
        kind || ' ' || coalesce(schema || '.', '') || name ORDER BY kind = 'schema' DESC, schema NULLS FIRST, name))[:${objectsToShow}]) AS names
    FROM (${selectUserObjects()} UNION ALL
      SELECT 'pg_subscription', 0, 'subscription', name, NULL, owner, NULL, NULL, mine FROM (${selectSubscriptions}) AS s) AS objects
    WHERE NOT mine AND NOT (kind = 'extension' AND oid = ANY ($1::oid[])) AND NOT (kind = 'schema' AND oid = ANY ($2::oid[]))
    GROUP BY owner ORDER BY 1`,
    [kept.map(({ oid }) => oid), (await schemasOfExtensions(session, kept)).map(({ oid }) => oid)],
  );
  return rows.map((row) => {
    const names = JSON.parse(row['names'] ?? '[]') as string[];
    const more = Number(row['count']) - names.length;
    const [owner, role] = [quoteIdentifier(row['owner'] ?? ''), quoteIdentifier(row['role'] ?? '')];
    const mend =
      row['system'] === 'true'
        ? ''
        : `, or first as one: REASSIGN OWNED BY ${owner} TO ${role}; in this database`;
    return {
      message: `role ${role} may not remove what belongs to ${owner}: ${names.join(', ')}${more > 0 ? ` and ${more} more` : ''}`,
      hint: `restore as ${owner} or a superuser${mend}`,
    };
  });
}

/** Extensions that have to stay and are not those of the archive. */
function otherExtensions(
  kept: readonly KeptExtension[],
  archived: readonly { readonly name: string; readonly schema?: string }[],
): Problem[] {
  const others = kept.flatMap(({ name, schema, owner }) => {
    const wanted = archived.find((extension) => extension.name === name);
    if (wanted && (wanted.schema === undefined || wanted.schema === schema)) return [];
    const why = wanted ? `the archive has it in ${wanted.schema}` : 'the archive lacks it';
    return [{ name, owner, described: `${name} (in ${schema}, ${why})` }];
  });
  if (others.length === 0) return [];
  const owners = [...new Set(others.map(({ owner }) => quoteIdentifier(owner)))];
  const names = others.map(({ name }) => name);
  const drop = commandList(names, (name) => `DROP EXTENSION ${quoteIdentifier(name)} CASCADE;`);
  return [
    {
      message: `the connecting role may not remove the ${plural(names, 'extension')} ${nameList(others.map(({ described }) => described))}`,
      hint: `restore as a superuser, or first as ${nameList(owners)}: ${drop}`,
    },
  ];
}

async function subscriptions(session: Session): Promise<Problem[]> {
  const rows = await session.query(`${selectSubscriptions} AND subslotname IS NOT NULL`);
  return rows.map(({ name, identity }) => ({
    message: `subscription ${name} has a replication slot, and cannot be dropped in the same step as all else`,
    hint:
      `DROP SUBSCRIPTION ${identity}; or, to keep the slot at the publisher: ALTER SUBSCRIPTION ${identity} DISABLE; ` +
      `ALTER SUBSCRIPTION ${identity} SET (slot_name = NONE);`,
  }));
}

async function preparedTransactions(session: Session): Promise<Problem[]> {
  const rows = await session.query(`
    SELECT p.gid AS name, pg_catalog.quote_literal(p.gid) AS literal, p.owner FROM pg_catalog.pg_prepared_xacts AS p
    WHERE p.database = pg_catalog.current_database() AND EXISTS (
      SELECT FROM pg_catalog.pg_locks AS own JOIN pg_catalog.pg_locks AS l USING (virtualtransaction)
      WHERE own.pid IS NULL AND own.transactionid = p.transaction
        AND l.pid IS NULL AND (l.relation >= 16384 OR l.objid >= 16384))
    ORDER BY p.gid`);
  return rows.map(({ name, literal, owner }) => ({
    message: `the prepared transaction "${name}" of role ${quoteIdentifier(owner ?? '')} holds locks on what the database holds`,
    hint: `COMMIT PREPARED ${literal}; or ROLLBACK PREPARED ${literal};`,
  }));
}

/** Settings of the database that only others may take back. */
async function settingsOfOthers(session: Session): Promise<Problem[]> {
  const rows = await session.query(`
    SELECT CASE WHEN s.setrole = 0 THEN '' ELSE pg_catalog.format('ROLE %I IN ', r.rolname) END
      || pg_catalog.format('DATABASE %I', d.datname) AS what
    FROM pg_catalog.pg_db_role_setting AS s
    JOIN pg_catalog.pg_database AS d ON d.oid = s.setdatabase AND d.datname = pg_catalog.current_database()
    JOIN pg_catalog.pg_roles AS me ON me.rolname = current_user
    LEFT JOIN pg_catalog.pg_roles AS r ON r.oid = s.setrole
    WHERE NOT me.rolsuper AND (
      s.setrole = 0 AND NOT pg_catalog.pg_has_role(d.datdba, 'USAGE')
      OR r.oid <> me.oid AND (r.rolsuper OR NOT me.rolcreaterole
        OR pg_catalog.current_setting('server_version_num')::int >= 160000
          AND NOT pg_catalog.pg_has_role(r.oid, 'MEMBER WITH ADMIN OPTION'))
      OR EXISTS (SELECT FROM pg_catalog.unnest(s.setconfig) AS entry
        LEFT JOIN pg_catalog.pg_settings AS known ON known.name = pg_catalog.split_part(entry, '=', 1)
        WHERE known.context IS NULL OR known.context LIKE 'superuser%'))
    ORDER BY 1`);
  return rows.map(({ what }) => ({
    message: `the connecting role may not take back the settings of ${what}`,
    hint: `restore as a superuser, or first as one: ALTER ${what} RESET ALL;`,
  }));
}

/** Catalogs of what is locked, each row of its own, when it is dropped. */
const lockedCatalogs = [
  'pg_class',
  'pg_type',
  'pg_proc',
  'pg_constraint',
  'pg_attrdef',
  'pg_trigger',
  'pg_rewrite',
];

/**
 * In one transaction every object that goes stays locked until the commit. The server has room for more locks than it promises (measured:
 * 1.7 times as many, and a thousand on small ones), so this speaks only of so many that it is certain to fail.
 */
async function tooManyLocks(session: Session): Promise<Problem[]> {
  const counts = lockedCatalogs.map(
    (name) => `(SELECT pg_catalog.count(*) FROM pg_catalog.${name} WHERE oid >= 16384)`,
  );
  const [row] = await session.query(`
    SELECT needed::text, per::text, pg_catalog.ceil(needed * 1.5 * per / capacity)::text AS advice
    FROM (
      SELECT ${counts.join(' + ')} + (SELECT pg_catalog.count(*) FROM pg_catalog.pg_largeobject_metadata) AS needed,
        pg_catalog.current_setting('max_locks_per_transaction')::numeric AS per,
        pg_catalog.current_setting('max_locks_per_transaction')::numeric * (SELECT pg_catalog.sum(setting::numeric)
          FROM pg_catalog.pg_settings WHERE name IN ('max_connections', 'max_prepared_transactions',
            'autovacuum_max_workers', 'autovacuum_worker_slots', 'max_worker_processes', 'max_wal_senders')) AS capacity
    ) AS estimate WHERE needed > 2 * capacity + 1000`);
  if (!row) return [];
  return [
    {
      message: `the server has no room to lock ${row['needed']} objects at a time (max_locks_per_transaction = ${row['per']})`,
      hint: `set max_locks_per_transaction = ${row['advice']} and restart the server, or restore into a new database`,
    },
  ];
}

async function warnOfUsers(session: Session, reporter: TargetOptions['reporter']): Promise<void> {
  const [row] = await session.query(`
    SELECT pg_catalog.count(*)::text AS count, pg_catalog.string_agg(DISTINCT nullif(application_name, ''), ', ') AS names
    FROM pg_catalog.pg_stat_activity
    WHERE datname = pg_catalog.current_database() AND pid <> pg_catalog.pg_backend_pid()
      AND usesysid IS NOT NULL AND leader_pid IS NULL`);
  const count = Number(row?.['count']);
  if (count > 0) {
    const sessions = count === 1 ? 'One other session is' : `${count} other sessions are`;
    reporter.warning(
      `${sessions} connected to the database${row?.['names'] ? ` (${row['names']})` : ''}. Stop the application first: what it ` +
        'writes meanwhile is lost, and it may be in the way.',
    );
  }
  const slots = await session.query(`SELECT slot_name AS name FROM pg_catalog.pg_replication_slots
    WHERE database = pg_catalog.current_database() ORDER BY 1`);
  if (slots.length > 0) {
    reporter.warning(
      `Logical replication reads this database (slots ${slots.map(({ name }) => name).join(', ')}): what it feeds ` +
        'has to be set up anew after the restore.',
    );
  }
}
