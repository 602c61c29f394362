import { dollarQuote } from './dollar-quote.ts';
import { quoteLiteral } from './identifiers.ts';

/** Stands in a statement for the name of the database that it will run in; no other SQL text can contain it. */
export const CURRENT_DATABASE = '\0';

/** A statement without semicolon that names `CURRENT_DATABASE` once, as one that asks for that name when it runs. */
export function onCurrentDatabase(statement: string): string {
  const format = statement.replaceAll('%', '%%').replace(CURRENT_DATABASE, '%I');
  return `DO ${dollarQuote(`BEGIN
  EXECUTE pg_catalog.format(${quoteLiteral(format)}, pg_catalog.current_database());
END`)};`;
}
