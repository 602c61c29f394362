import { HoldfastError } from '../../../../core/errors.ts';
import { isPermanentSchema } from '../catalog.ts';
import { qualifiedName, quoteIdentifier, quoteLiteral } from '../sql/identifiers.ts';
import type { Catalog, ObjectId, ObjectKind, SchemaObject } from '../object.ts';

interface SequenceRow extends Record<string, string | null> {
  oid: string;
  schema: string;
  name: string;
  type: string;
  start: string;
  increment: string;
  minimum: string;
  maximum: string;
  cache: string;
  cycles: string;
  persistence: string;
  /** Whether its value may be read; it need not be that of an excluded table's. */
  readable: string;
  /** The column that it belongs to, with its table; null for one that stands alone. */
  table: string | null;
  table_name: string | null;
  table_persistence: string | null;
  column: string | null;
  /** `a` GENERATED ALWAYS, `d` BY DEFAULT, empty for a column that merely owns the sequence. */
  identity: string | null;
}

interface ValueRow extends Record<string, string | null> {
  last_value: string;
  is_called: string;
}

/** Sequences: alone, owned by a column, or made by an identity column. Their values come as objects of their own. */
export const sequenceKind: ObjectKind = {
  name: 'sequence',
  async collect(catalog) {
    const rows = await catalog.query<SequenceRow>(`
      SELECT c.oid, n.nspname AS schema, c.relname AS name, pg_catalog.format_type(s.seqtypid, NULL) AS type,
        s.seqstart AS start, s.seqincrement AS increment, s.seqmin AS minimum, s.seqmax AS maximum,
        s.seqcache AS cache, s.seqcycle AS cycles, c.relpersistence AS persistence,
        pg_catalog.has_schema_privilege(n.oid, 'USAGE') AND pg_catalog.has_sequence_privilege(c.oid, 'SELECT') AS readable,
        t.oid AS "table", t.relname AS table_name, a.attname AS "column",
        -- Until 14 all sequences are logged.
        ${catalog.version >= 150000 ? 't' : 'c'}.relpersistence AS table_persistence,
        CASE WHEN d.deptype = 'i' THEN a.attidentity ELSE '' END AS identity
      FROM pg_catalog.pg_sequence AS s
      JOIN pg_catalog.pg_class AS c ON c.oid = s.seqrelid
      JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
      LEFT JOIN pg_catalog.pg_depend AS d ON d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid
        AND d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjsubid > 0 AND d.deptype IN ('a', 'i')
      LEFT JOIN pg_catalog.pg_class AS t ON t.oid = d.refobjid
      LEFT JOIN pg_catalog.pg_attribute AS a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
      WHERE ${catalog.isUserObject(`'pg_catalog.pg_class'::regclass`, 'c.oid')}
        AND ${isPermanentSchema('c.relnamespace')}`);
    const objects: SchemaObject[] = [];
    for (const row of rows) {
      objects.push(row.identity ? identityObject(row) : sequenceObject(row), await readValue(catalog, row));
      if (row.table !== null && !row.identity) objects.push(ownershipObject(row));
    }
    return objects;
  },
};

function sequenceId({ oid }: SequenceRow): ObjectId {
  return `pg_class:${Number(oid)}`;
}

function options(row: SequenceRow): string {
  return [
    `START WITH ${row.start}`,
    `INCREMENT BY ${row.increment}`,
    `MINVALUE ${row.minimum}`,
    `MAXVALUE ${row.maximum}`,
    `CACHE ${row.cache}`,
    ...(row.cycles === 't' ? ['CYCLE'] : []),
  ]
    .map((option) => `\n  ${option}`)
    .join('');
}

function sequenceObject(row: SequenceRow): SchemaObject {
  const { schema, name } = row;
  const unlogged = row.persistence === 'u' ? 'UNLOGGED ' : '';
  const sql = `CREATE ${unlogged}SEQUENCE ${qualifiedName(schema, name)} AS ${row.type}${options(row)};`;
  return {
    id: sequenceId(row),
    kind: 'SEQUENCE',
    schema,
    name,
    section: 'pre-data',
    // The column that owns it has a default that needs it: it is made first and given away later.
    ...(row.table === null ? {} : { ignores: [`pg_class:${Number(row.table)}`] }),
    statements: () => [{ kind: 'SEQUENCE', schema, name, sql }],
  };
}

function ownershipObject(row: SequenceRow): SchemaObject {
  const { schema, name } = row;
  const column = `${qualifiedName(schema, row.table_name ?? '')}.${quoteIdentifier(row.column ?? '')}`;
  const sql = `ALTER SEQUENCE ${qualifiedName(schema, name)} OWNED BY ${column};`;
  return {
    id: `sequence_ownership:${Number(row.oid)}`,
    kind: 'SEQUENCE OWNED BY',
    schema,
    name,
    section: 'pre-data',
    partOf: [sequenceId(row), `pg_class:${Number(row.table)}`],
    statements: () => [{ kind: 'SEQUENCE OWNED BY', schema, name, sql }],
  };
}

function identityObject(row: SequenceRow): SchemaObject {
  const { schema, name } = row;
  const qualified = qualifiedName(schema, name);
  const table = qualifiedName(schema, row.table_name ?? '');
  const generated = row.identity === 'a' ? 'ALWAYS' : 'BY DEFAULT';
  const sql = [
    `ALTER TABLE ${table} ALTER COLUMN ${quoteIdentifier(row.column ?? '')} ADD GENERATED ${generated} AS IDENTITY (
  SEQUENCE NAME ${qualified}${options(row)}\n);`,
  ];
  if (row.persistence !== row.table_persistence) {
    sql.push(`ALTER SEQUENCE ${qualified} SET ${row.persistence === 'u' ? 'UNLOGGED' : 'LOGGED'};`);
  }
  return {
    id: sequenceId(row),
    kind: 'SEQUENCE',
    schema,
    name,
    section: 'pre-data',
    statements: () => sql.map((text) => ({ kind: 'SEQUENCE', schema, name, sql: text })),
  };
}

/**
 * What sets a sequence's value. Sequences stand outside of transactions, so this is the value at the time of reading: at
 * least what the snapshot's rows have used.
 */
export async function readValue(
  catalog: Catalog,
  { oid, schema, name, readable }: Pick<SequenceRow, 'oid' | 'schema' | 'name' | 'readable'>,
): Promise<SchemaObject> {
  const qualified = qualifiedName(schema, name);
  const [value] =
    readable === 't' ? await catalog.query<ValueRow>(`SELECT last_value, is_called FROM ${qualified}`) : [];
  return {
    id: `sequence_value:${Number(oid)}`,
    kind: 'SEQUENCE SET',
    schema,
    name,
    section: 'post-data',
    partOf: [`pg_class:${Number(oid)}`],
    statements: () => {
      if (value === undefined) {
        throw new HoldfastError('failed', `The value of sequence ${schema}.${name} cannot be read.`, {
          hint: `GRANT SELECT ON SEQUENCE ${qualified} to the connecting role.`,
        });
      }
      const arguments_ = [quoteLiteral(qualified), value.last_value, value.is_called === 't'];
      return [
        { kind: 'SEQUENCE SET', schema, name, sql: `SELECT pg_catalog.setval(${arguments_.join(', ')});` },
      ];
    },
  };
}
