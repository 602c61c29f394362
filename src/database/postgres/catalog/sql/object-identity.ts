/**
 * An SQL expression: what COMMENT, ALTER and GRANT call the object `oid` (an SQL expression) that pg_identify_object() told
 * as `alias`. That is its identity, but the server does not quote the access method of operator classes and families, and
 * gives types of its own the names of the SQL standard, which these statements do not know.
 */
export function statementIdentity(alias: string, oid: string): string {
  const withMethod = (catalog: string, prefix: string) => `
      (SELECT pg_catalog.format('%I.%I USING %I', n.nspname, x.${prefix}name, m.amname) FROM pg_catalog.${catalog} AS x
        JOIN pg_catalog.pg_namespace AS n ON n.oid = x.${prefix}namespace
        JOIN pg_catalog.pg_am AS m ON m.oid = x.${prefix}method WHERE x.oid = ${oid})`;
  return `CASE ${alias}.type
      WHEN 'operator class' THEN ${withMethod('pg_opclass', 'opc')}
      WHEN 'operator family' THEN ${withMethod('pg_opfamily', 'opf')}
      WHEN 'type' THEN (SELECT pg_catalog.format('%I.%I', n.nspname, x.typname) FROM pg_catalog.pg_type AS x
        JOIN pg_catalog.pg_namespace AS n ON n.oid = x.typnamespace WHERE x.oid = ${oid})
      ELSE ${alias}.identity END`;
}
