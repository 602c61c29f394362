import { dollarQuote } from '../sql/dollar-quote.ts';
import { qualifiedName, quoteLiteral } from '../sql/identifiers.ts';

/** A constraint's name, with its table. */
export interface ConstraintName {
  readonly schema: string;
  readonly table: string;
  readonly name: string;
}

/** Gives a partition's constraint, which its `parent` made under a name that the server chose, the name it has. */
export function takeName(constraint: ConstraintName, parent: ConstraintName): string {
  const table = qualifiedName(constraint.schema, constraint.table);
  return `DO ${dollarQuote(`DECLARE
  made name;
BEGIN
  SELECT c.conname INTO STRICT made FROM pg_catalog.pg_constraint AS c JOIN pg_catalog.pg_constraint AS p ON p.oid = c.conparentid
    WHERE c.conrelid = ${quoteLiteral(table)}::pg_catalog.regclass
      AND p.conrelid = ${quoteLiteral(qualifiedName(parent.schema, parent.table))}::pg_catalog.regclass
      AND p.conname = ${quoteLiteral(parent.name)};
  IF made <> ${quoteLiteral(constraint.name)} THEN
    EXECUTE pg_catalog.format('ALTER TABLE %s RENAME CONSTRAINT %I TO %I', ${quoteLiteral(table)}, made, ${quoteLiteral(constraint.name)});
  END IF;
END`)};`;
}
