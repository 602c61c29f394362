/**
 * The keywords that cannot stand as a bare identifier everywhere: what pg_get_keywords() of PostgreSQL 13 to 18 lists
 * with any category but `unreserved`, and `begin`, which psql takes for the beginning of a function's body.
 */
const KEYWORDS = new Set(
  `
  all analyse analyze and any array as asc asymmetric authorization between bigint binary bit boolean
  both case cast char character check coalesce collate collation column concurrently constraint create
  cross current_catalog current_date current_role current_schema current_time current_timestamp
  current_user dec decimal default deferrable desc distinct do else end except exists extract false
  fetch float for foreign freeze from full grant greatest group grouping having ilike in initially
  inner inout int integer intersect interval into is isnull join json json_array json_arrayagg
  json_exists json_object json_objectagg json_query json_scalar json_serialize json_table json_value
  lateral leading least left like limit localtime localtimestamp merge_action national natural nchar
  none normalize not notnull null nullif numeric offset on only or order out outer overlaps overlay
  placing position precision primary real references returning right row select session_user setof
  similar smallint some substring symmetric system_user table tablesample then time timestamp to
  trailing treat trim true union unique user using values varchar variadic verbose when where window
  with xmlattributes xmlconcat xmlelement xmlexists xmlforest xmlnamespaces xmlparse xmlpi xmlroot
  xmlserialize xmltable
  begin
  `
    .trim()
    .split(/\s+/),
);

/** A name as an SQL identifier, quoted only where it must be. */
export function quoteIdentifier(name: string): string {
  if (/^[a-z_][a-z0-9_]*$/.test(name) && !KEYWORDS.has(name)) return name;
  return `"${name.replaceAll('"', '""')}"`;
}

/** The identifier of something in a schema. */
export function qualifiedName(schema: string, name: string): string {
  return `${quoteIdentifier(schema)}.${quoteIdentifier(name)}`;
}

/** A text as an SQL string literal that reads the same whether standard_conforming_strings is on or off. */
export function quoteLiteral(text: string): string {
  const quoted = `'${text.replaceAll("'", "''")}'`;
  return quoted.includes('\\') ? `E${quoted.replaceAll('\\', '\\\\')}` : quoted;
}

/** Names as a list of columns, ` (a, "B")`, or nothing when there are none. */
export function columnList(names: readonly string[]): string {
  return names.length === 0 ? '' : ` (${names.map(quoteIdentifier).join(', ')})`;
}
