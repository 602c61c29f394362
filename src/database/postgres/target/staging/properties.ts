import { emptyListClause, parseSetting, setClause } from '../../catalog/sql/configuration-parameter.ts';
import { quoteIdentifier, quoteLiteral } from '../../catalog/sql/identifiers.ts';
import type { Session } from '../../connection/session.ts';

/** What belongs to a database itself and not to what is in it. */
export interface DatabaseProperties {
  readonly owner: string;
  /** The row of pg_database, but for what tells one database from another. */
  readonly row: Readonly<Record<string, unknown>>;
  readonly tablespace: string;
  /** In an order of their own. */
  readonly privileges: readonly Privilege[];
  /** `role` is null for all; in an order of their own. */
  readonly settings: readonly { readonly role: string | null; readonly items: readonly string[] }[];
  readonly comment: string | null;
  /** How many security labels it has. */
  readonly labels: number;
}

interface Privilege {
  /** Null for PUBLIC. */
  readonly grantee: string | null;
  readonly grantor: string;
  readonly privilege: string;
  readonly grantable: boolean;
}

/** What differs from one database to another, and what a vacuum or a look at its contents finds. */
const own = [
  'oid',
  'datname',
  'datdba',
  'datacl',
  'datfrozenxid',
  'datminmxid',
  'datlastsysoid',
  'dathasloginevt',
];

/** Null where there is no such database. */
export async function readProperties(session: Session, database: string): Promise<DatabaseProperties | null> {
  const [row] = await session.query(
    `SELECT pg_catalog.jsonb_build_object(
      'owner', pg_catalog.pg_get_userbyid(d.datdba),
      'row', pg_catalog.to_jsonb(d) ${own.map((name) => `- '${name}'`).join(' ')},
      'tablespace', (SELECT spcname FROM pg_catalog.pg_tablespace WHERE oid = d.dattablespace),
      'privileges', (SELECT coalesce(pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object(
          'grantee', CASE WHEN a.grantee <> 0 THEN pg_catalog.pg_get_userbyid(a.grantee) END,
          'grantor', pg_catalog.pg_get_userbyid(a.grantor), 'privilege', a.privilege_type, 'grantable', a.is_grantable)
          ORDER BY a.grantee, a.grantor, a.privilege_type, a.is_grantable), '[]')
        FROM pg_catalog.aclexplode(nullif(coalesce(d.datacl, pg_catalog.acldefault('d', d.datdba)), '{}')) AS a),
      'settings', (SELECT coalesce(pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object(
          'role', r.rolname, 'items', s.setconfig) ORDER BY s.setrole), '[]')
        FROM pg_catalog.pg_db_role_setting AS s LEFT JOIN pg_catalog.pg_roles AS r ON r.oid = s.setrole
        WHERE s.setdatabase = d.oid AND (s.setrole = 0 OR r.oid IS NOT NULL)),
      'comment', pg_catalog.shobj_description(d.oid, 'pg_database'),
      'labels', (SELECT pg_catalog.count(*) FROM pg_catalog.pg_shseclabel
        WHERE classoid = 'pg_catalog.pg_database'::pg_catalog.regclass AND objoid = d.oid)
    )::text AS properties FROM pg_catalog.pg_database AS d WHERE d.datname = $1`,
    [database],
  );
  const properties = row?.['properties'];
  return properties === null || properties === undefined
    ? null
    : (JSON.parse(properties) as DatabaseProperties);
}

/** What is left of a database's properties when it is replaced by another: as clearing a database leaves them. */
export function withoutContents(
  properties: DatabaseProperties,
  initial: DatabaseProperties,
  { noPrivileges }: { readonly noPrivileges: boolean },
): DatabaseProperties {
  return {
    ...properties,
    privileges: noPrivileges ? properties.privileges : initial.privileges,
    settings: [],
    comment: null,
    labels: 0,
  };
}

/** The statements that give a new database of the same owner these properties, as far as statements can. */
export function propertyStatements(
  database: string,
  wanted: DatabaseProperties,
  initial: DatabaseProperties,
): string[] {
  const name = quoteIdentifier(database);
  const statements: string[] = [];
  const limit = wanted.row['datconnlimit'];
  if (limit !== initial.row['datconnlimit']) {
    statements.push(`ALTER DATABASE ${name} CONNECTION LIMIT ${Number(limit)}`);
  }
  if (JSON.stringify(wanted.privileges) !== JSON.stringify(initial.privileges)) {
    statements.push(`REVOKE ALL ON DATABASE ${name} FROM PUBLIC, ${quoteIdentifier(wanted.owner)}`);
    for (const { grantee, privilege, grantable } of wanted.privileges) {
      const to = grantee === null ? 'PUBLIC' : quoteIdentifier(grantee);
      statements.push(
        `GRANT ${privilege} ON DATABASE ${name} TO ${to}${grantable ? ' WITH GRANT OPTION' : ''}`,
      );
    }
  }
  for (const { role, items } of wanted.settings) {
    const subject =
      role === null ? `ALTER DATABASE ${name}` : `ALTER ROLE ${quoteIdentifier(role)} IN DATABASE ${name}`;
    for (const setting of items.map(parseSetting)) {
      const clause = setClause(setting);
      if (clause !== null) statements.push(`${subject} ${clause}`);
      else {
        const empty = emptyListClause(setting);
        statements.push(empty.first, `${subject} ${empty.clause}`);
      }
    }
  }
  if (wanted.comment !== null) {
    statements.push(`COMMENT ON DATABASE ${name} IS ${quoteLiteral(wanted.comment)}`);
  }
  return statements;
}

/** What two databases differ in, in words; null where they are alike. */
export function differenceOf(left: DatabaseProperties, right: DatabaseProperties): string | null {
  for (const [property, word] of Object.entries(words)) {
    const [one, other] = [left, right].map((side) => textOf(side[property as keyof typeof words]));
    if (one !== other) return word;
  }
  return null;
}

const words = {
  owner: 'owner',
  row: 'encoding, locale or limits',
  tablespace: 'tablespace',
  privileges: 'privileges',
  settings: 'settings',
  comment: 'comment',
  labels: 'security labels',
} as const;

/** The server gives the keys of an object in an order that is always the same. */
function textOf(value: unknown): string {
  return JSON.stringify(value);
}

/** The statement that makes a database like another one, with nothing in it but what every new database has. */
export function createLike(
  database: string,
  template: 'template0' | { readonly copyOf: string },
  { owner, row, tablespace }: DatabaseProperties,
): string {
  const options = [`OWNER ${quoteIdentifier(owner)}`];
  if (template !== 'template0') options.push(`TEMPLATE ${quoteIdentifier(template.copyOf)}`);
  else {
    options.push('TEMPLATE template0', ...localeOptions(row));
    // Who names it must have been granted it, also where it is the one that would be taken.
    if (tablespace !== usualTablespace) options.push(`TABLESPACE ${quoteIdentifier(tablespace)}`);
  }
  return `CREATE DATABASE ${quoteIdentifier(database)} ${options.join(' ')}`;
}

const usualTablespace = 'pg_default';
const providers: Readonly<Record<string, string>> = { c: 'libc', i: 'icu', b: 'builtin' };

function localeOptions(row: DatabaseProperties['row']): string[] {
  const text = (name: string): string | undefined => (row[name] as string | null | undefined) ?? undefined;
  const given = (option: string, value: string | undefined): string[] =>
    value === undefined ? [] : [`${option} ${quoteLiteral(value)}`];
  const provider = text('datlocprovider');
  const locale = text('datlocale') ?? text('daticulocale');
  return [
    // Number and name of an encoding are the same to the server.
    `ENCODING ${Number(row['encoding'])}`,
    ...given('LC_COLLATE', text('datcollate')),
    ...given('LC_CTYPE', text('datctype')),
    ...(provider === undefined ? [] : [`LOCALE_PROVIDER ${providers[provider] ?? provider}`]),
    ...given(provider === 'b' ? 'BUILTIN_LOCALE' : 'ICU_LOCALE', locale),
    ...given('ICU_RULES', text('daticurules')),
  ];
}
