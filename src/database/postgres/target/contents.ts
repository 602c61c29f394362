import { createCatalog } from '../catalog/catalog.ts';
import type { Session } from '../connection/session.ts';

/** A catalog whose rows (as `o`) are objects of a database. The texts are SQL expressions. */
export interface ObjectClass {
  readonly catalog: string;
  readonly kind: string;
  readonly name: string;
  /** The oid of its schema, where it lives in one. */
  readonly schema?: string;
  /** The oid of the role that may drop it; 10, the first superuser, for what only superusers may. */
  readonly owner: string;
  /** What DROP calls it, with its identity, when that is not what pg_identify_object() says. */
  readonly dropped?: string;
  /** The statement that removes it, where that is no DROP. */
  readonly removal?: string;
  /** Which of its rows are objects of users, beside what holds for all catalogs. */
  readonly where?: string;
}

const identity = (catalog: string) =>
  `(SELECT identity FROM pg_catalog.pg_identify_object('pg_catalog.${catalog}'::pg_catalog.regclass, o.oid, 0))`;
const ownType = `(SELECT typowner FROM pg_catalog.pg_type WHERE oid = o.trftype)`;
/** Either type's owner may drop a cast. */
const ownCast = `(SELECT typowner FROM pg_catalog.pg_type WHERE oid IN (o.castsource, o.casttarget)
  ORDER BY pg_catalog.pg_has_role(typowner, 'USAGE') DESC LIMIT 1)`;

/**
 * The kinds of objects, in an order in which they can be dropped: what could act on the drops first, then
 * relations, because server 13 cannot drop an index whose operator class has gone, then what takes much with it, and what
 * is named with the help of another (operator classes with their access method) before that other.
 * Objects that live within others (columns, constraints, triggers, …) come with those.
 */
export const objectClasses: readonly ObjectClass[] = [
  { catalog: 'pg_event_trigger', kind: 'event trigger', name: 'evtname', owner: 'o.evtowner' },
  { catalog: 'pg_publication', kind: 'publication', name: 'pubname', owner: 'o.pubowner' },
  // What is the server's own but for the link; everything else goes with the operator, the function, or the family.
  familyMember('pg_amop', 'operator', { family: 'amopfamily', added: 'amopopr' }, 'amopstrategy'),
  familyMember('pg_amproc', 'function', { family: 'amprocfamily', added: 'amproc' }, 'amprocnum'),
  {
    ...inSchema('pg_class', 'relation', 'rel')[0]!,
    dropped: `CASE o.relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'S' THEN 'SEQUENCE'
      WHEN 'f' THEN 'FOREIGN TABLE' ELSE 'TABLE' END || ' IF EXISTS ' || ${identity('pg_class')}`,
  },
  { catalog: 'pg_extension', kind: 'extension', name: 'extname', owner: 'o.extowner' },
  { catalog: 'pg_namespace', kind: 'schema', name: 'nspname', owner: 'o.nspowner' },
  {
    catalog: 'pg_transform',
    kind: 'transform',
    name: 'oid::text',
    owner: ownType,
    dropped: `pg_catalog.format('TRANSFORM IF EXISTS FOR %s LANGUAGE %I', pg_catalog.format_type(o.trftype, NULL),
      (SELECT lanname FROM pg_catalog.pg_language WHERE oid = o.trflang))`,
  },
  { catalog: 'pg_cast', kind: 'cast', name: 'oid::text', owner: ownCast },
  ...inSchema('pg_opclass', 'operator class', 'opc'),
  ...inSchema('pg_opfamily', 'operator family', 'opf'),
  ...inSchema('pg_operator', 'operator', 'opr'),
  { catalog: 'pg_am', kind: 'access method', name: 'amname', owner: '10::oid' },
  { catalog: 'pg_foreign_server', kind: 'server', name: 'srvname', owner: 'o.srvowner' },
  {
    catalog: 'pg_foreign_data_wrapper',
    kind: 'foreign data wrapper',
    name: 'fdwname',
    owner: 'o.fdwowner',
  },
  {
    ...inSchema('pg_statistic_ext', 'statistics object', 'stx')[0]!,
    dropped: `'STATISTICS IF EXISTS ' || ${identity('pg_statistic_ext')}`,
  },
  ...inSchema('pg_ts_config', 'text search configuration', 'cfg'),
  ...inSchema('pg_ts_dict', 'text search dictionary', 'dict'),
  ...inSchema('pg_ts_parser', 'text search parser', 'prs', '10::oid'),
  ...inSchema('pg_ts_template', 'text search template', 'tmpl', '10::oid'),
  ...inSchema('pg_collation', 'collation', 'coll'),
  ...inSchema('pg_conversion', 'conversion', 'con'),
  ...inSchema('pg_type', 'type', 'typ'),
  {
    ...inSchema('pg_proc', 'function', 'pro')[0]!,
    dropped: `'ROUTINE IF EXISTS ' || ${identity('pg_proc')}`,
  },
  { catalog: 'pg_language', kind: 'language', name: 'lanname', owner: 'o.lanowner' },
];

/** What is removed by other commands than DROP. */
const otherClasses: readonly ObjectClass[] = [
  { catalog: 'pg_default_acl', kind: 'default privileges', name: 'oid::text', owner: 'o.defaclrole' },
  { catalog: 'pg_largeobject_metadata', kind: 'large object', name: 'oid::text', owner: 'o.lomowner' },
];

/** What was added to an operator family of the server's. */
function familyMember(
  catalog: string,
  kind: string,
  { family, added }: { family: string; added: string },
  number: string,
): ObjectClass {
  const prefix = catalog.slice('pg_'.length);
  const types = ['left', 'right'].map((side) => `pg_catalog.format_type(o.${prefix}${side}type, NULL)`);
  const familyOf = `(SELECT pg_catalog.format('%I.%I USING %I', n.nspname, f.opfname, m.amname) FROM pg_catalog.pg_opfamily AS f
    JOIN pg_catalog.pg_namespace AS n ON n.oid = f.opfnamespace JOIN pg_catalog.pg_am AS m ON m.oid = f.opfmethod
    WHERE f.oid = o.${family})`;
  return {
    catalog,
    kind: `${kind} of an operator family`,
    name: 'oid::text',
    owner: '10::oid',
    removal: `pg_catalog.format('ALTER OPERATOR FAMILY %s DROP ${kind.toUpperCase()} %s (%s, %s)', ${familyOf}, o.${number}, ${types.join(', ')})`,
    where: `o.${family} < 16384 AND o.${added}::oid < 16384`,
  };
}

function inSchema(catalog: string, kind: string, prefix: string, owner?: string): ObjectClass[] {
  const name = `${prefix}name`;
  return [{ catalog, kind, name, schema: `o.${prefix}namespace`, owner: owner ?? `o.${prefix}owner` }];
}

/** Schemas that every database has, or that belong to sessions; plpgsql comes with every database, even when made anew. */
const standard = `(item.kind = 'schema' AND item.name = 'public')
  OR (item.kind = 'extension' AND item.name = 'plpgsql')
  OR (item.kind = 'schema' AND item.name ~ '^pg_(temp|toast)')
  -- What pg_import_system_collations() brings.
  OR (item.kind = 'collation' AND item.schema = 'pg_catalog')
  OR (item.schema IS NOT NULL AND item.schema ~ '^pg_(temp|toast)')`;

/**
 * A query for the objects of users in a database: `catalog`, `oid`, `kind`, `name`, `schema`, the role `owner`, and
 * `mine`, whether the current role may drop it, as its owner or that of its schema. `extra` adds a column, made from `o`.
 */
export function selectUserObjects(
  classes: readonly ObjectClass[] = [...objectClasses, ...otherClasses],
  extra: (objects: ObjectClass) => string = () => 'NULL',
): string {
  const { isUserObject } = createCatalog(() => Promise.resolve([]), 0);
  const selects = classes.map((objects) => {
    const { catalog, kind, name, schema, owner, where = 'true' } = objects;
    const classId = `'pg_catalog.${catalog}'::pg_catalog.regclass`;
    // Row types, array types, sequences of identity columns, … are made and dropped with what they belong to.
    const isPart = `EXISTS (SELECT FROM pg_catalog.pg_depend AS part
      WHERE part.classid = ${classId} AND part.objid = o.oid AND part.objsubid = 0 AND part.deptype = 'i')`;
    // A large object may have any number.
    return `SELECT '${catalog}' AS catalog, o.oid, '${kind}' AS kind, o.${name}::text AS name, n.nspname::text AS schema,
        ${owner} AS owner, n.nspowner AS schema_owner, ${extra(objects)}::text AS extra
      FROM pg_catalog.${catalog} AS o LEFT JOIN pg_catalog.pg_namespace AS n ON n.oid = ${schema ?? '0::oid'}
      WHERE ${catalog === 'pg_largeobject_metadata' ? 'true' : isUserObject(classId, 'o.oid')} AND (${where}) AND NOT ${isPart}${catalog === 'pg_class' ? ` AND o.relkind NOT IN ('i', 'I')` : ''}`;
  });
  return `SELECT item.*, (pg_catalog.pg_has_role(item.owner, 'USAGE')
      OR coalesce(pg_catalog.pg_has_role(item.schema_owner, 'USAGE'), false)) AS mine
    FROM (${selects.join('\n UNION ALL ')}) AS item
    WHERE NOT (${standard})`;
}

/** What stays in a database that is cleared: oids. */
export interface Kept {
  readonly extensions: readonly string[];
  readonly schemas: readonly string[];
}

export const NOTHING_KEPT: Kept = { extensions: [], schemas: [] };

/** A condition on the rows of `selectUserObjects`; its values are what is kept: extensions, schemas. */
export const isNotKept = `NOT (kind = 'extension' AND oid = ANY ($1::oid[])) AND NOT (kind = 'schema' AND oid = ANY ($2::oid[]))`;

/** A query for the subscriptions of a database; they are shared by all databases of a server. */
export const selectSubscriptions = `SELECT subname::text AS name, pg_catalog.quote_ident(subname) AS identity,
    subslotname IS NOT NULL AS has_slot, subowner AS owner, pg_catalog.pg_has_role(subowner, 'USAGE') AS mine
  FROM pg_catalog.pg_subscription
  WHERE subdbid = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())`;

/** Up to `limit` objects of users in a session's database that are not kept, by kind and name. None means that it is empty. */
export async function findUserObjects(
  session: Session,
  limit: number,
  { extensions, schemas }: Kept,
): Promise<string[]> {
  const rows = await session.query(
    `SELECT kind || ' ' || coalesce(schema || '.', '') || name AS object FROM (${selectUserObjects()}) AS objects
    WHERE ${isNotKept}
    UNION ALL SELECT 'subscription ' || name FROM (${selectSubscriptions}) AS subscriptions
    LIMIT ${limit}`,
    [extensions, schemas],
  );
  return rows.map((row) => row['object'] ?? '');
}

/** SQL that removes an object of a class, made from its row `o`. */
export function dropStatement({ catalog, kind, dropped, removal }: ObjectClass): string {
  if (removal !== undefined) return removal;
  const what = dropped ?? `'${kind.toUpperCase()} IF EXISTS ' || ${identity(catalog)}`;
  return `('DROP ' || ${what} || ' CASCADE')`;
}
