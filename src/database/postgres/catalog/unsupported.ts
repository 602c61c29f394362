import { HoldfastError } from '../../../core/errors.ts';
import { qualifiedName } from './identifiers.ts';
import type { Catalog, ObjectId } from './object.ts';

/** How many objects a message names before it only counts. */
const MAX_NAMED = 50;

/** Something in the database that no kind exports. */
interface Unsupported {
  /** As the server calls it: `text search configuration`. */
  readonly kind: string;
  readonly name: string;
}

type UnsupportedRow = Unsupported & Record<string, string>;

export interface UnsupportedOptions {
  /** True for a catalog row that a collected object makes. */
  isCovered(id: ObjectId): boolean;
  /** True for a table whose rows need not be exported. */
  excludeTable(schema: string, name: string): boolean;
}

/**
 * The net under all kinds: looks for whatever is in the database and in no collected object, so that nothing is left
 * out in silence.
 * @throws HoldfastError `failed`, naming everything that was found
 */
export async function refuseUnsupported(catalog: Catalog, options: UnsupportedOptions): Promise<void> {
  const found = [
    ...(await uncoveredRows(catalog, options)),
    ...(await rowsOfOtherShapes(catalog)),
    ...(await extensionConfiguration(catalog, options)),
  ];
  if (found.length === 0) return;
  const named = found
    .map(({ kind, name }) => `${kind} ${name}`)
    .toSorted()
    .slice(0, MAX_NAMED);
  if (found.length > MAX_NAMED) named.push(`and ${found.length - MAX_NAMED} more`);
  const objects = found.length === 1 ? 'an object' : `${found.length} objects`;
  throw new HoldfastError(
    'failed',
    `The database holds ${objects} that cannot be exported yet:\n  ${named.join('\n  ')}`,
    {
      hint:
        'Drop what is not needed. Tables of extensions can be left out with --exclude-table; for everything else, ' +
        'use the tools of the database until Holdfast can export it.',
    },
  );
}

/**
 * Rows of every catalog whose rows have an oid, whichever catalogs this server has. Values of enum types are no
 * objects of their own; large objects can be many, and are counted by `rowsOfOtherShapes`.
 */
async function uncoveredRows(catalog: Catalog, { isCovered }: UnsupportedOptions): Promise<Unsupported[]> {
  const catalogs = await catalog.query<{ name: string }>(
    `SELECT c.relname AS name
      FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'oid' AND NOT a.attisdropped
      WHERE c.relnamespace = 'pg_catalog'::regnamespace AND c.relkind = 'r' AND NOT c.relisshared
        AND c.relname NOT IN ('pg_enum', 'pg_largeobject_metadata')`,
  );
  const selects = catalogs.map(({ name }) =>
    // Of user mappings only the view may be read by everyone.
    name === 'pg_user_mapping'
      ? `SELECT 'pg_user_mapping:' || umid AS id FROM pg_user_mappings WHERE umid >= 16384`
      : `SELECT '${name}:' || oid AS id FROM ${name} WHERE oid >= 16384`,
  );
  const rows = await catalog.query<{ id: ObjectId }>(selects.join(' UNION ALL '));
  const uncovered = rows.filter(({ id }) => !isCovered(id)).map(({ id }) => id);
  if (uncovered.length === 0) return [];
  return describe(catalog, uncovered);
}

/**
 * What the rows are, without those that are part of another one (a foreign table's row type), of an extension, or of
 * a session's temporary things.
 */
function describe(catalog: Catalog, ids: readonly ObjectId[]): Promise<UnsupportedRow[]> {
  return catalog.query<UnsupportedRow>(
    `WITH RECURSIVE uncovered AS (
        SELECT ('pg_catalog.' || split_part(id, ':', 1))::regclass::oid AS classid, split_part(id, ':', 2)::oid AS objid
        FROM json_array_elements_text($1) AS id),
      lineage AS (
        SELECT classid, objid, classid AS refclassid, objid AS refobjid FROM uncovered
        UNION
        SELECT l.classid, l.objid, d.refclassid, d.refobjid
        FROM lineage l JOIN pg_depend d ON d.classid = l.refclassid AND d.objid = l.refobjid
        WHERE d.deptype IN ('a', 'i', 'P', 'S', 'e'))
    SELECT o.type AS kind, o.identity AS name
    FROM uncovered u, pg_identify_object(u.classid, u.objid, 0) o
    WHERE (u.classid, u.objid) NOT IN (
      SELECT l.classid, l.objid FROM lineage l, pg_identify_object(l.refclassid, l.refobjid, 0) w
      WHERE w.type = 'extension' OR w.schema ~ '^pg_(temp|toast)' OR w.type = 'schema' AND w.name ~ '^pg_(temp|toast)_'
        OR (l.refclassid, l.refobjid) <> (l.classid, l.objid)
          AND (l.refclassid, l.refobjid) IN (SELECT classid, objid FROM uncovered))`,
    [JSON.stringify(ids)],
  );
}

/** What has no row of its own in a catalog of this database alone. */
function rowsOfOtherShapes(catalog: Catalog): Promise<UnsupportedRow[]> {
  const database = `(SELECT oid FROM pg_database WHERE datname = current_database())`;
  return catalog.query<UnsupportedRow>(
    `SELECT 'large object' AS kind, count(*) || ' of them' AS name FROM pg_largeobject_metadata HAVING count(*) > 0
    UNION ALL
    SELECT 'subscription', quote_ident(subname) FROM pg_subscription WHERE subdbid = ${database}
    UNION ALL
    -- Its trigger has another name in every database.
    SELECT 'comment', format('on a trigger of constraint %I of table %s', c.conname, t.tgrelid::regclass)
      FROM pg_description d JOIN pg_trigger t ON t.oid = d.objoid JOIN pg_constraint c ON c.oid = t.tgconstraint
      WHERE d.classoid = 'pg_trigger'::regclass AND t.tgname ~ '^(RI|Unique)_ConstraintTrigger_' AND t.tgisinternal
    UNION ALL
    SELECT 'security label', format('of %s on %s %s', s.provider, o.type, o.identity)
      FROM pg_seclabel s, pg_identify_object(s.classoid, s.objoid, s.objsubid) o
    UNION ALL
    SELECT 'security label', format('of %s on the database', s.provider)
      FROM pg_shseclabel s WHERE s.classoid = 'pg_database'::regclass AND s.objoid = ${database}`,
  );
}

interface ConfigurationRow extends Record<string, string | null> {
  extension: string;
  schema: string;
  name: string;
  kind: string;
  condition: string;
}

/** Tables of extensions that hold rows of the user's, and sequences of theirs that were used. */
async function extensionConfiguration(
  catalog: Catalog,
  { excludeTable }: UnsupportedOptions,
): Promise<Unsupported[]> {
  const rows = await catalog.query<ConfigurationRow>(
    `SELECT e.extname AS extension, n.nspname AS schema, c.relname AS name, c.relkind AS kind, f.condition
      FROM pg_extension e, unnest(e.extconfig, e.extcondition) f(relation, condition)
      JOIN pg_class c ON c.oid = f.relation JOIN pg_namespace n ON n.oid = c.relnamespace`,
  );
  const found: Unsupported[] = [];
  for (const { extension, schema, name, kind, condition } of rows) {
    if (excludeTable(schema, name)) continue;
    const relation = qualifiedName(schema, name);
    const isUsed =
      kind === 'S' ? `SELECT FROM ${relation} WHERE is_called` : `SELECT FROM ${relation} ${condition}`;
    const [row] = await catalog.query<{ used: string }>(`SELECT EXISTS (${isUsed}) AS used`);
    if (row?.used === 't') found.push({ kind: `rows of extension ${extension} in`, name: relation });
  }
  return found;
}
