import { optionsClause } from '../sql/foreign-options.ts';
import { quoteIdentifier, quoteLiteral } from '../sql/identifiers.ts';
import type { ObjectKind } from '../object.ts';

interface ServerRow extends Record<string, string | null> {
  oid: string;
  name: string;
  wrapper: string;
  type: string | null;
  version: string | null;
  options: string;
}

/** Foreign servers: what they are is in their options, which can hold a password. */
export const foreignServerKind: ObjectKind = {
  name: 'foreign server',
  async collect(catalog) {
    const rows = await catalog.query<ServerRow>(`
      SELECT s.oid, s.srvname AS name, w.fdwname AS wrapper, s.srvtype AS type, s.srvversion AS version,
        ${optionsClause('s.srvoptions')} AS options
      FROM pg_catalog.pg_foreign_server AS s
      JOIN pg_catalog.pg_foreign_data_wrapper AS w ON w.oid = s.srvfdw
      WHERE ${catalog.isUserObject(`'pg_catalog.pg_foreign_server'::pg_catalog.regclass`, 's.oid')}`);
    return rows.map((row) => {
      const { name } = row;
      const sql = [
        `CREATE SERVER ${quoteIdentifier(name)}`,
        row.type === null ? '' : ` TYPE ${quoteLiteral(row.type)}`,
        row.version === null ? '' : ` VERSION ${quoteLiteral(row.version)}`,
        ` FOREIGN DATA WRAPPER ${quoteIdentifier(row.wrapper)}${row.options};`,
      ].join('');
      return {
        id: `pg_foreign_server:${Number(row.oid)}`,
        kind: 'SERVER',
        schema: null,
        name,
        section: 'pre-data',
        statements: () => [{ kind: 'SERVER', schema: null, name, sql }],
      };
    });
  },
};
