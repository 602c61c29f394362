import { HoldfastError } from '../../../core/errors.ts';
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
}

/**
 * The net under all kinds: looks for whatever is in the database and in no collected object, so that nothing is left
 * out in silence.
 * @throws HoldfastError `failed`, naming everything that was found
 */
export async function refuseUnsupported(catalog: Catalog, options: UnsupportedOptions): Promise<void> {
  const found = await uncoveredRows(catalog, options);
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
 * objects of their own; large objects are all covered, and can be many.
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
        -- What pg_import_system_collations() brings is the server's own.
        OR w.type = 'collation' AND w.schema = 'pg_catalog'
        OR (l.refclassid, l.refobjid) <> (l.classid, l.objid)
          AND (l.refclassid, l.refobjid) IN (SELECT classid, objid FROM uncovered))`,
    [JSON.stringify(ids)],
  );
}
