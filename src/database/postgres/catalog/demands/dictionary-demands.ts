import type { Dependencies } from '../order/dependencies.ts';
import type { Catalog, ObjectId } from '../object.ts';
import { type DictionaryOption, dictionaryOptions } from '../text-search.ts';

/** A text search dictionary of one of the server's own templates, which may read files of the server. */
export interface DictionaryDemand {
  /** Quoted and with its schema. */
  readonly name: string;
  /** The template's name in pg_catalog. */
  readonly template: string;
  readonly options: readonly DictionaryOption[];
}

interface DictionaryRow extends Record<string, string | null> {
  id: ObjectId;
  name: string;
  template: string;
  options: string;
}

/** The dictionaries with options: one of those can be a file's name. */
export async function readDictionaryDemands(
  catalog: Catalog,
  dependencies: Dependencies,
): Promise<DictionaryDemand[]> {
  const rows = await catalog.query<DictionaryRow>(`
    SELECT 'pg_ts_dict:' || d.oid AS id, pg_catalog.format('%I.%I', n.nspname, d.dictname) AS name,
      t.tmplname AS template, d.dictinitoption AS options
    FROM pg_catalog.pg_ts_dict AS d
    JOIN pg_catalog.pg_namespace AS n ON n.oid = d.dictnamespace
    JOIN pg_catalog.pg_ts_template AS t ON t.oid = d.dicttemplate
    WHERE t.tmplnamespace = 'pg_catalog'::pg_catalog.regnamespace AND d.dictinitoption <> ''
    ORDER BY 2`);
  return rows
    .filter(({ id }) => dependencies.ownerOf(id)?.id === id)
    .map(({ name, template, options }) => ({ name, template, options: dictionaryOptions(options) }));
}
