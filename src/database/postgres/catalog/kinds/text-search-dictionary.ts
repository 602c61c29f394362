import { qualifiedName, quoteIdentifier, quoteLiteral } from '../sql/identifiers.ts';
import type { ObjectId, ObjectKind, SchemaObject } from '../object.ts';
import { dictionaryOptions } from '../text-search.ts';

interface DictionaryRow extends Record<string, string | null> {
  oid: string;
  schema: string;
  name: string;
  template: string;
  /** As the server wrote them, for use in this very statement: `language = 'german', stopwords = 'it''s'`. */
  options: string | null;
}

/** Text search dictionaries. */
export const textSearchDictionaryKind: ObjectKind = {
  name: 'text search dictionary',
  async collect(catalog) {
    const rows = await catalog.query<DictionaryRow>(`
      SELECT d.oid, n.nspname AS schema, d.dictname AS name, pg_catalog.format('%I.%I', tn.nspname, t.tmplname) AS template,
        d.dictinitoption AS options
      FROM pg_catalog.pg_ts_dict AS d
      JOIN pg_catalog.pg_namespace AS n ON n.oid = d.dictnamespace
      JOIN pg_catalog.pg_ts_template AS t ON t.oid = d.dicttemplate
      JOIN pg_catalog.pg_namespace AS tn ON tn.oid = t.tmplnamespace
      WHERE ${catalog.isUserObject(`'pg_catalog.pg_ts_dict'::pg_catalog.regclass`, 'd.oid')}`);
    return rows.map((row) => dictionaryObject(row, rows));
  },
};

function dictionaryObject(row: DictionaryRow, rows: readonly DictionaryRow[]): SchemaObject {
  const { schema, name, template } = row;
  const list = row.options === null || row.options === '' ? '' : `,\n  ${row.options}`;
  const create = `CREATE TEXT SEARCH DICTIONARY ${qualifiedName(schema, name)} (\n  TEMPLATE = ${template}${list}\n);`;
  const inner = innerDictionary(row, rows);
  const sql = inner?.isInPath
    ? [searchPath(quoteIdentifier(inner.row.schema)), create, searchPath('')]
    : [create];
  return {
    id: dictionaryId(row),
    kind: 'TEXT SEARCH DICTIONARY',
    schema,
    name,
    section: 'pre-data',
    ...(inner && { requires: [dictionaryId(inner.row)] }),
    statements: () => sql.map((text) => ({ kind: 'TEXT SEARCH DICTIONARY', schema, name, sql: text })),
  };
}

function dictionaryId({ oid }: DictionaryRow): ObjectId {
  return `pg_ts_dict:${Number(oid)}`;
}

/**
 * The dictionary of a user's that a thesaurus looks its words up in: it knows it by an option alone, which may leave the
 * schema to the search path.
 */
function innerDictionary(
  { template, options, schema }: DictionaryRow,
  rows: readonly DictionaryRow[],
): { row: DictionaryRow; isInPath: boolean } | undefined {
  if (template !== 'pg_catalog.thesaurus') return undefined;
  const named = dictionaryOptions(options ?? '').find((option) => option.name === 'dictionary')?.value;
  const qualified = rows.find((row) => named === qualifiedName(row.schema, row.name));
  if (qualified !== undefined) return { row: qualified, isInPath: false };
  const others = rows.filter((row) => named === quoteIdentifier(row.name));
  const found = others.find((row) => row.schema === schema) ?? others[0];
  return found && { row: found, isInPath: true };
}

function searchPath(path: string): string {
  return `SELECT pg_catalog.set_config('search_path', ${quoteLiteral(path)}, false);`;
}
