/**
 * The server writes a few expressions in a way that it does not read back as what they were: it would write them in
 * another way the next time. Here they are turned into what it does read back.
 */

const VARCHAR = String.raw`'[^']*'(?:'[^']*')*::character varying(?:\(\d+\))?`;
const VARCHAR_ARRAY_AS_TEXT = String.raw`\b(?<quantifier>ANY|ALL) \(\((?<array>ARRAY\[${VARCHAR}(?:, ${VARCHAR})*\])\)::text\[\]\)`;
const QUOTED = String.raw`'[^']*'|"[^"]*"|\$(?<tag>_*)\$[^]*?\$\k<tag>\$`;
const QUOTED_OR_ARRAY = new RegExp(`${QUOTED}|${VARCHAR_ARRAY_AS_TEXT}`, 'g');
const NAME = String.raw`(?:\w+|"(?:[^"]|"")*")`;
const typedConstant = (name: string): string =>
  String.raw`(?<${name}>E?'[^']*'(?:'[^']*')*)::(?<${name}Type>(?:[\w., ()]|"(?:[^"]|"")*")+?)`;
const MARKS_OF_CYCLE = String.raw`(?<= SET ${NAME} )TO ${typedConstant('mark')} DEFAULT ${typedConstant('unmark')}(?= USING )`;
const QUOTED_OR_MARKS = new RegExp(`${QUOTED}|${MARKS_OF_CYCLE}`, 'g');

/**
 * A statement in which the server reads back its expressions as they were. `varchar_column IN ('a', 'b')` is what most
 * of them are about: the server shows that it took the list as an array of varchar and cast that to text. When it reads that
 * cast, it casts each element instead; without it, it casts the array again.
 */
export function readableStatement(sql: string): string {
  return withReadableLists(withReadableMarks(sql));
}

/** CYCLE takes constants for its marks, `text 'yes'`: the server shows them as casts, `'yes'::text`, which it does not take. */
function withReadableMarks(sql: string): string {
  if (!sql.includes(' CYCLE ')) return sql;
  return sql.replaceAll(QUOTED_OR_MARKS, (match: string, ...groups: unknown[]) => {
    const { mark, markType, unmark, unmarkType } = groups.at(-1) as Record<string, string | undefined>;
    return mark === undefined ? match : `TO ${markType} ${mark} DEFAULT ${unmarkType} ${unmark}`;
  });
}

function withReadableLists(sql: string): string {
  if (!sql.includes(')::text[])')) return sql;
  return sql.replaceAll(QUOTED_OR_ARRAY, (match: string, ...groups: unknown[]) => {
    const { quantifier, array } = groups.at(-1) as { quantifier?: string; array?: string };
    return quantifier === undefined ? match : `${quantifier} (${array})`;
  });
}

const COLUMN_OF_VALUES = String.raw`(?:"\*VALUES\*"\.)?column\d+(?: AS (?:"(?:[^"]|"")*"|\w+))?`;
const VALUES_IN_SELECT = new RegExp(
  String.raw`^ SELECT ${COLUMN_OF_VALUES}(?:,\s+${COLUMN_OF_VALUES})*\s+FROM \((VALUES [^]*)\) "\*VALUES\*"(\s+(?:ORDER BY|LIMIT|OFFSET|FETCH) [^]*)?$`,
);

/**
 * The query of a view and the names of its columns, where the query cannot give them. The server shows VALUES whose
 * columns were renamed as SELECT from a VALUES in brackets, which it would take for a subquery.
 *
 * @param definition as pg_get_viewdef writes it, without the semicolon
 */
export function readableQuery(
  definition: string,
  columns: readonly string[],
): { names: readonly string[]; query: string } {
  const [, values, rest = ''] = VALUES_IN_SELECT.exec(definition) ?? [];
  if (values !== undefined) return { names: columns, query: ` ${values}${rest}` };
  return { names: [], query: definition };
}
