/**
 * An SQL expression: the functions of a text search parser or template as its statement lists them.
 *
 * @param functions for each keyword an SQL expression for the function's oid, 0 where there is none
 */
export function functionsClause(functions: Readonly<Record<string, string>>): string {
  const values = Object.entries(functions).map(
    ([keyword, oid], index) => `('${keyword}', ${oid}::oid, ${index})`,
  );
  return `(SELECT pg_catalog.string_agg(pg_catalog.format('%s = %I.%I', f.keyword, fn.nspname, p.proname), ', ' ORDER BY f.position)
    FROM (VALUES ${values.join(', ')}) AS f(keyword, oid, position)
    JOIN pg_catalog.pg_proc AS p ON p.oid = f.oid
    JOIN pg_catalog.pg_namespace AS fn ON fn.oid = p.pronamespace)`;
}

const IDENTIFIER = String.raw`(?<name>[a-z_][a-z0-9_$]*|"(?:[^"]|"")+")`;
const VALUE = String.raw`(?:E'(?<escaped>(?:[^'\\]|''|\\\\)*)'|'(?<quoted>(?:[^']|'')*)'|(?<bare>[^\s,']+))`;
const OPTION = new RegExp(`${IDENTIFIER} = ${VALUE}(?:, |$)`, 'gy');

export interface DictionaryOption {
  readonly name: string;
  readonly value: string;
}

/** A dictionary's options as the server writes them: `language = 'german', accept = false`. */
export function dictionaryOptions(text: string): DictionaryOption[] {
  return [...text.matchAll(OPTION)].map(({ groups = {} }) => {
    const { name = '', escaped, quoted, bare = '' } = groups;
    return {
      name: name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name,
      value: (escaped?.replaceAll('\\\\', '\\') ?? quoted ?? bare).replaceAll("''", "'"),
    };
  });
}
