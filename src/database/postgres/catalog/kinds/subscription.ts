import { OWNER_KIND } from '../../../engine.ts';
import { quoteIdentifier, quoteLiteral } from '../sql/identifiers.ts';
import type { Catalog, ObjectKind, SchemaObject } from '../object.ts';
import type { UnreadableObject } from '../unreadable-object.ts';

interface SubscriptionRow extends Record<string, string | null> {
  oid: string;
  name: string;
  owner: string;
  connection: string;
  slot: string | null;
  synchronous_commit: string;
  /** JSON of names. */
  publications: string;
  /** The whole row as JSON: what a server does not have yet is missing. */
  options: string;
}

/** What servers have come to know of a subscription. */
interface Options {
  readonly subbinary?: boolean;
  /** Before 16 whether it streams, then `f`, `t` or `p`(arallel). */
  readonly substream?: boolean | string;
  readonly subtwophasestate?: string;
  readonly subdisableonerr?: boolean;
  readonly subpasswordrequired?: boolean;
  readonly subrunasowner?: boolean;
  readonly suborigin?: string;
  readonly subfailover?: boolean;
}

/**
 * Subscriptions of this database. They come back disabled and connect to nobody: whether the publisher is to feed the
 * restored database is not for a restore to decide.
 */
export const subscriptionKind: ObjectKind = {
  name: 'subscription',
  async collect(catalog) {
    // Most roles may not read the rest of the catalog, and where there is nothing they need not.
    if (!(await hasSome(catalog))) return [];
    const rows = await catalog.query<SubscriptionRow>(`
      SELECT s.oid, s.subname AS name, pg_catalog.pg_get_userbyid(s.subowner) AS owner, s.subconninfo AS connection,
        s.subslotname AS slot, s.subsynccommit AS synchronous_commit, array_to_json(s.subpublications) AS publications,
        pg_catalog.to_jsonb(s) AS options
      FROM pg_catalog.pg_subscription AS s
      WHERE s.subdbid = ${DATABASE}`);
    return rows.map(subscriptionObject);
  },
};

const DATABASE = `(SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())`;

async function hasSome(catalog: Catalog): Promise<boolean> {
  const rows = await catalog.query(
    `SELECT FROM pg_catalog.pg_subscription WHERE subdbid = ${DATABASE} LIMIT 1`,
  );
  return rows.length > 0;
}

/** Those whose connection strings the connected role may not read. */
export async function unreadableSubscriptions(catalog: Catalog): Promise<UnreadableObject[]> {
  const rows = await catalog.query<{ name: string; role: string }>(`
    SELECT subname::text AS name, current_user::text AS role FROM pg_catalog.pg_subscription
    WHERE subdbid = ${DATABASE} AND NOT pg_catalog.has_table_privilege('pg_catalog.pg_subscription', 'SELECT')
    ORDER BY subname COLLATE "C"`);
  return rows.map(({ name, role }) => ({
    description: `subscription ${name}: it may not read how it connects, which can hold a password`,
    mend:
      'To let it read how subscriptions connect, as a superuser in this database: ' +
      `GRANT SELECT ON pg_catalog.pg_subscription TO ${quoteIdentifier(role)};`,
    isData: true,
  }));
}

function subscriptionObject(row: SubscriptionRow): SchemaObject {
  const { name, owner } = row;
  const publications = (JSON.parse(row.publications) as string[]).map(quoteIdentifier).join(', ');
  const options = [
    'connect = false',
    `slot_name = ${row.slot === null ? 'NONE' : quoteLiteral(row.slot)}`,
    ...(row.synchronous_commit === 'off'
      ? []
      : [`synchronous_commit = ${quoteLiteral(row.synchronous_commit)}`]),
    ...versionedOptions(JSON.parse(row.options) as Options),
  ];
  const sql = `CREATE SUBSCRIPTION ${quoteIdentifier(name)} CONNECTION ${quoteLiteral(row.connection)} PUBLICATION ${publications} WITH (${options.join(', ')});`;
  return {
    id: `pg_subscription:${Number(row.oid)}`,
    kind: 'SUBSCRIPTION',
    schema: null,
    name,
    section: 'post-data',
    roles: { owners: [owner] },
    statements: () => [
      { kind: 'SUBSCRIPTION', schema: null, name, sql },
      {
        kind: OWNER_KIND,
        schema: null,
        name,
        sql: `ALTER SUBSCRIPTION ${quoteIdentifier(name)} OWNER TO ${quoteIdentifier(owner)};`,
      },
    ],
  };
}

function versionedOptions(options: Options): string[] {
  // Servers have it since 14, and do another thing by themselves since 18.
  const streaming = { f: 'off', false: 'off', t: 'on', true: 'on', p: 'parallel' }[String(options.substream)];
  return [
    ...(options.subbinary === true ? ['binary = true'] : []),
    ...(streaming === undefined ? [] : [`streaming = ${streaming}`]),
    ...((options.subtwophasestate ?? 'd') === 'd' ? [] : ['two_phase = on']),
    ...(options.subdisableonerr === true ? ['disable_on_error = true'] : []),
    ...(options.subpasswordrequired === false ? ['password_required = false'] : []),
    ...(options.subrunasowner === true ? ['run_as_owner = true'] : []),
    ...((options.suborigin ?? 'any') === 'any' ? [] : [`origin = ${quoteLiteral(options.suborigin ?? '')}`]),
    ...(options.subfailover === true ? ['failover = true'] : []),
  ];
}
