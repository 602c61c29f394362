import { qualifiedName, quoteIdentifier } from '../sql/identifiers.ts';
import type { ObjectKind } from '../object.ts';

interface ConfigurationRow extends Record<string, string | null> {
  oid: string;
  schema: string;
  name: string;
  parser: string;
  mappings: string;
}

/** A kind of word, and the dictionaries that are asked about one: in this order, quoted and with their schemas. */
interface Mapping {
  readonly type: string;
  readonly dictionaries: readonly string[];
}

/** Text search configurations with their mappings, which have no rows of their own to depend on. */
export const textSearchConfigurationKind: ObjectKind = {
  name: 'text search configuration',
  async collect(catalog) {
    const rows = await catalog.query<ConfigurationRow>(`
      SELECT c.oid, n.nspname AS schema, c.cfgname AS name, pg_catalog.format('%I.%I', pn.nspname, p.prsname) AS parser,
        (SELECT coalesce(json_agg(json_build_object('type', token.alias, 'dictionaries', m.dictionaries)
            ORDER BY m.maptokentype), '[]')
          FROM (SELECT m.maptokentype, json_agg(pg_catalog.format('%I.%I', dn.nspname, d.dictname) ORDER BY m.mapseqno)
                AS dictionaries
              FROM pg_catalog.pg_ts_config_map AS m
              JOIN pg_catalog.pg_ts_dict AS d ON d.oid = m.mapdict
              JOIN pg_catalog.pg_namespace AS dn ON dn.oid = d.dictnamespace
              WHERE m.mapcfg = c.oid GROUP BY m.maptokentype) AS m
          LEFT JOIN pg_catalog.ts_token_type(c.cfgparser) AS token ON token.tokid = m.maptokentype) AS mappings
      FROM pg_catalog.pg_ts_config AS c
      JOIN pg_catalog.pg_namespace AS n ON n.oid = c.cfgnamespace
      JOIN pg_catalog.pg_ts_parser AS p ON p.oid = c.cfgparser
      JOIN pg_catalog.pg_namespace AS pn ON pn.oid = p.prsnamespace
      WHERE ${catalog.isUserObject(`'pg_catalog.pg_ts_config'::pg_catalog.regclass`, 'c.oid')}`);
    return rows.map((row) => {
      const { schema, name } = row;
      const configuration = qualifiedName(schema, name);
      const sql = [
        `CREATE TEXT SEARCH CONFIGURATION ${configuration} (PARSER = ${row.parser});`,
        ...(JSON.parse(row.mappings) as Mapping[]).map(
          ({ type, dictionaries }) =>
            `ALTER TEXT SEARCH CONFIGURATION ${configuration} ADD MAPPING FOR ${quoteIdentifier(type)} WITH ${dictionaries.join(', ')};`,
        ),
      ];
      return {
        id: `pg_ts_config:${Number(row.oid)}`,
        kind: 'TEXT SEARCH CONFIGURATION',
        schema,
        name,
        section: 'pre-data',
        statements: () => sql.map((text) => ({ kind: 'TEXT SEARCH CONFIGURATION', schema, name, sql: text })),
      };
    });
  },
};
