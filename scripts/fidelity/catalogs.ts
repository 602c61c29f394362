import { Client, DatabaseError } from 'pg';
import type { SuiteServer } from './server.ts';

/**
 * Columns that two databases with the same objects do not share: places on disk, statistics, hints; the declared number of
 * dimensions, which means nothing; numbers of columns, which shift when a dropped one is not there and are compared by the
 * columns' names elsewhere.
 */
const PASSING = new Set(
  `
  pg_class.relfilenode pg_class.relpages pg_class.reltuples pg_class.relallvisible
  pg_class.relfrozenxid pg_class.relminmxid pg_class.relrewrite pg_class.relhasrules
  pg_class.relhastriggers pg_class.relhassubclass pg_class.relhasindex pg_class.relnatts
  pg_class.reltoastrelid pg_attribute.attcacheoff pg_attribute.atthasmissing
  pg_attribute.attmissingval pg_index.indcheckxmin pg_enum.enumsortorder pg_subscription.subskiplsn
  pg_attribute.attndims
  pg_constraint.conkey pg_constraint.confkey pg_constraint.confdelsetcols pg_attrdef.adnum`
    .trim()
    .split(/\s+/),
);

const CATALOGS = `
pg_aggregate pg_am pg_amop pg_amproc pg_attrdef pg_attribute pg_cast pg_class pg_collation pg_constraint pg_conversion
pg_default_acl pg_depend pg_description pg_enum pg_event_trigger pg_extension pg_foreign_data_wrapper pg_foreign_server
pg_foreign_table pg_index pg_inherits pg_init_privs pg_language pg_largeobject_metadata pg_namespace pg_opclass pg_operator
pg_opfamily pg_partitioned_table pg_policy pg_proc pg_publication pg_publication_namespace pg_publication_rel pg_range
pg_rewrite pg_seclabel pg_sequence pg_statistic_ext pg_subscription pg_transform pg_trigger pg_ts_config pg_ts_config_map
pg_ts_dict pg_ts_parser pg_ts_template pg_type pg_user_mapping pg_db_role_setting pg_shdepend`
  .trim()
  .split(/\s+/);

/**
 * What the server makes by itself, whenever it needs to: schemas of sessions, which stay behind empty, tables for long values, the
 * triggers of foreign keys with what hangs on them.
 */
const INTERNAL = /"schema pg_(toast_)?temp_\d+"|pg_toast_\d+|trigger RI_ConstraintTrigger_[ac]_\d+/;

/** The letters by which acldefault() knows what objects are. */
const DEFAULT_PRIVILEGES: Record<string, string> = {
  'pg_class.relacl': `CASE c.relkind WHEN 'S' THEN 's' ELSE 'r' END::"char"`,
  'pg_proc.proacl': `'f'`,
  'pg_type.typacl': `'T'`,
  'pg_namespace.nspacl': `'n'`,
  'pg_language.lanacl': `'l'`,
  'pg_foreign_data_wrapper.fdwacl': `'F'`,
  'pg_foreign_server.srvacl': `'S'`,
};

interface Column {
  readonly name: string;
  readonly type: string;
  /** The catalog that an OID in it points to. */
  readonly target: string | null;
}

/**
 * Compares the system catalogs of two databases row by row: every OID is replaced by the description of what it
 * stands for. The value holds a line for each row that only one of them has. Expressions are not compared (pg_dump shows them),
 * and neither is the order of columns by number: by their order they are.
 */
export async function compareCatalogs(server: SuiteServer, first: string, second: string): Promise<string[]> {
  const [before, after] = [await readCatalogs(server, first), await readCatalogs(server, second)];
  return subtract(before, after, '-')
    .concat(subtract(after, before, '+'))
    .toSorted(byText);
}

function byText(a: string, b: string): number {
  const [x, y] = [a.slice(1), b.slice(1)];
  if (x === y) return 0;
  return x < y ? -1 : 1;
}

function subtract(from: readonly string[], what: readonly string[], sign: string): string[] {
  const counts = new Map<string, number>();
  for (const line of what) counts.set(line, (counts.get(line) ?? 0) + 1);
  return from.flatMap((line) => {
    const count = counts.get(line) ?? 0;
    counts.set(line, count - 1);
    return count > 0 ? [] : [`${sign}${line}`];
  });
}

async function readCatalogs(server: SuiteServer, database: string): Promise<string[]> {
  const client = new Client({ host: server.folder, port: server.port, user: 'postgres', database });
  await client.connect();
  try {
    await client.query(`SET search_path = ''`);
    const lines: string[] = [];
    for (const catalog of CATALOGS) {
      const { rows } = await client.query<Column>(COLUMNS, [catalog]);
      const fields = rows.flatMap((column) => {
        const text = expression(catalog, column);
        return text === undefined ? [] : [`'${column.name}', ${text}`];
      });
      const found = await client.query<{ line: string }>(
        `SELECT pg_catalog.jsonb_build_object(${fields.join(', ')})::text AS line FROM ${ownRows(catalog)}`,
      );
      for (const { line } of found.rows) {
        if (INTERNAL.test(line)) continue;
        lines.push(`${catalog} ${line.replaceAll(`"database ${database}"`, '"database"')}`);
      }
    }
    return lines;
  } catch (error) {
    if (error instanceof DatabaseError) throw new Error(`${error.message}: ${error.hint}`, { cause: error });
    throw error;
  } finally {
    await client.end();
  }
}

const COLUMNS = `
SELECT a.attname AS name, a.atttypid::regtype::text AS type,
       (SELECT f.pktable::text FROM pg_catalog.pg_get_catalog_foreign_keys() f
        WHERE f.fktable = a.attrelid AND f.fkcols = ARRAY[a.attname::text]) AS target
FROM pg_catalog.pg_attribute a
WHERE a.attrelid = ('pg_catalog.' || $1)::regclass AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attnum`;

/** The SQL that shows a column of a catalog without OIDs; undefined for what is not compared. */
function expression(catalog: string, { name, type, target }: Column): string | undefined {
  const column = `c.${name}`;
  // Labels are no objects of their own.
  if (name === 'oid' && catalog === 'pg_enum') return undefined;
  if (name === 'oid' && catalog === 'pg_largeobject_metadata') return `${column}::text`;
  if (name === 'oid') return described(`'${catalog}'`, column);
  if (PASSING.has(`${catalog}.${name}`) || ['pg_node_tree', 'int2vector'].includes(type)) return undefined;
  // Says nothing of a constraint that is an index: it comes out otherwise where a partition's was made before its parent's.
  if (catalog === 'pg_constraint' && name === 'connoinherit') {
    return `CASE WHEN c.contype NOT IN ('p', 'u', 'x') THEN ${column} END`;
  }
  // The server names columns of indexes by what the table's columns were called then.
  if (catalog === 'pg_attribute' && name === 'attname') {
    return `CASE WHEN c.attrelid NOT IN (SELECT indexrelid FROM pg_catalog.pg_index) THEN ${column} END`;
  }
  if (catalog === 'pg_partitioned_table' && name === 'partattrs') return undefined;
  if (catalog === 'pg_attribute' && name === 'attnum') {
    return `pg_catalog.row_number() OVER (PARTITION BY c.attrelid ORDER BY c.attnum)`;
  }
  // pg_depend and its like: an object is a catalog, an OID and a column.
  const part = /^(obj|refobj|)(id|oid)$/.exec(name);
  const [, prefix = '', word = ''] = part ?? [];
  if (part !== null && target === null && ['pg_depend', 'pg_shdepend'].includes(catalog)) {
    const sub = catalog === 'pg_depend' || prefix === 'obj' ? `c.${prefix}subid` : '0';
    return described(`c.${prefix.replace('obj', 'class')}id`, column, sub);
  }
  if (name === 'objoid' && word === 'oid') return described('c.classoid', column, 'c.objsubid');
  if (/^(ref)?(class|obj)(id|oid|subid)$/.test(name)) return undefined;
  if (target !== null && type === 'oid') return described(`'${target}'`, column);
  if (type === 'oidvector' || type === 'oid[]') {
    const each = described(`'${target ?? 'pg_type'}'`, 'x.o');
    return `(SELECT pg_catalog.array_agg(${each} ORDER BY x.i) FROM pg_catalog.unnest(${column}::oid[]) WITH ORDINALITY x (o, i))`;
  }
  if (type === 'aclitem[]') {
    // The default can be written out, which says nothing else.
    const kind = DEFAULT_PRIVILEGES[`${catalog}.${name}`];
    const list =
      kind === undefined
        ? column
        : `NULLIF(${column}, pg_catalog.acldefault(${kind}, c.${name.replace('acl', 'owner')}))`;
    return `(SELECT pg_catalog.array_agg(x.a::text ORDER BY x.a::text COLLATE "C") FROM pg_catalog.unnest(${list}) x (a))`;
  }
  return type === 'bytea' || type === 'anyarray' ? undefined : `${column}::text`;
}

function described(catalog: string, oid: string, sub = '0'): string {
  return `pg_catalog.pg_describe_object(${catalog.startsWith("'") ? `${catalog}::pg_catalog.regclass` : catalog}, ${oid}, ${sub})`;
}

/** What belongs to this database of the catalogs that all databases share. */
function ownRows(catalog: string): string {
  const own = `(SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database())`;
  const conditions: Record<string, string> = {
    pg_subscription: `c.subdbid = ${own}`,
    pg_db_role_setting: `c.setdatabase = ${own}`,
    pg_shdepend: `c.dbid = ${own}`,
    pg_attribute: `NOT c.attisdropped`,
  };
  return `pg_catalog.${catalog} c WHERE ${conditions[catalog] ?? 'true'}`;
}
