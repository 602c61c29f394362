/**
 * An SQL expression: the clause ` OPTIONS (name 'value', …)` for the options in `array` (an SQL expression for a text[]
 * of `name=value`), in their order; an empty text when there are none.
 */
export function optionsClause(array: string): string {
  return `coalesce((SELECT ' OPTIONS (' || pg_catalog.string_agg(
      pg_catalog.quote_ident(option_name) || ' ' || pg_catalog.quote_literal(option_value), ', ' ORDER BY position) || ')'
    FROM pg_catalog.pg_options_to_table(${array}) WITH ORDINALITY AS listed(option_name, option_value, position)), '')`;
}
