import { optionsClause } from '../sql/foreign-options.ts';
import { quoteIdentifier } from '../sql/identifiers.ts';
import type { ObjectKind } from '../object.ts';

interface WrapperRow extends Record<string, string | null> {
  oid: string;
  name: string;
  /** Quoted and with their schemas. */
  handler: string | null;
  validator: string | null;
  options: string;
}

/** Foreign-data wrappers. Those of extensions come with them. */
export const foreignDataWrapperKind: ObjectKind = {
  name: 'foreign-data wrapper',
  async collect(catalog) {
    const functionName = (oid: string) => `(SELECT pg_catalog.format('%I.%I', n.nspname, p.proname)
        FROM pg_catalog.pg_proc AS p JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace WHERE p.oid = ${oid})`;
    const rows = await catalog.query<WrapperRow>(`
      SELECT w.oid, w.fdwname AS name, ${functionName('w.fdwhandler')} AS handler,
        ${functionName('w.fdwvalidator')} AS validator, ${optionsClause('w.fdwoptions')} AS options
      FROM pg_catalog.pg_foreign_data_wrapper AS w
      WHERE ${catalog.isUserObject(`'pg_catalog.pg_foreign_data_wrapper'::pg_catalog.regclass`, 'w.oid')}`);
    return rows.map((row) => {
      const { name } = row;
      const handler = row.handler === null ? '' : ` HANDLER ${row.handler}`;
      const validator = row.validator === null ? '' : ` VALIDATOR ${row.validator}`;
      const sql = `CREATE FOREIGN DATA WRAPPER ${quoteIdentifier(name)}${handler}${validator}${row.options};`;
      return {
        id: `pg_foreign_data_wrapper:${Number(row.oid)}`,
        kind: 'FOREIGN DATA WRAPPER',
        schema: null,
        name,
        section: 'pre-data',
        statements: () => [{ kind: 'FOREIGN DATA WRAPPER', schema: null, name, sql }],
      };
    });
  },
};
