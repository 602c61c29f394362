/**
 * What stands for the row `x` of pg_amop in CREATE OPERATOR CLASS and ALTER OPERATOR FAMILY; names have their schema,
 * because the search_path is empty.
 */
export const AMOP_ITEM = `pg_catalog.format('OPERATOR %s %s', x.amopstrategy, x.amopopr::pg_catalog.regoperator)
  || coalesce((SELECT pg_catalog.format(' FOR ORDER BY %I.%I', sn.nspname, s.opfname)
    FROM pg_catalog.pg_opfamily AS s JOIN pg_catalog.pg_namespace AS sn ON sn.oid = s.opfnamespace
    WHERE s.oid = x.amopsortfamily), '')`;

/** The same for the row `x` of pg_amproc. */
export const AMPROC_ITEM = `pg_catalog.format('FUNCTION %s (%s, %s) %s', x.amprocnum,
  pg_catalog.format_type(x.amproclefttype, NULL), pg_catalog.format_type(x.amprocrighttype, NULL),
  x.amproc::pg_catalog.regprocedure)`;
