import { tokensOf } from '../tokens.ts';
import { unquoteText } from '../unquote-text.ts';

export interface TableOptions {
  /** Its words outside of quotes. */
  readonly words: readonly string[];
  /** The general tablespace. */
  readonly tablespace: string | null;
  readonly dataDirectory: string | null;
  /** The tables of this database that a MERGE table joins. */
  readonly union: readonly string[];
}

/** What stands after the columns of a table. */
export function readTableOptions(ending: string): TableOptions {
  const tokens = tokensOf(ending);
  const words = tokens.filter(({ kind }) => kind === 'word').map(({ value }) => value);
  const tablespace = tokens.findIndex(({ kind, value }) => kind === 'word' && value === 'TABLESPACE');
  const directory = tokens.findIndex(
    ({ value }, index) => value === 'DIRECTORY' && tokens[index - 1]?.value === 'DATA',
  );
  const union = tokens.findIndex(({ kind, value }) => kind === 'word' && value === 'UNION');
  return {
    words,
    tablespace: tablespace === -1 ? null : tokens[tablespace + 1]!.value,
    dataDirectory:
      directory === -1
        ? null
        : unquoteText(tokens.slice(directory).find(({ kind }) => kind === 'text')!.value),
    union: union === -1 ? [] : unionOf(tokens.slice(union)),
  };
}

/** The names without a database before them. */
function unionOf(tokens: ReturnType<typeof tokensOf>): string[] {
  const end = tokens.findIndex(({ value }) => value === ')');
  const names = tokens.slice(0, end);
  return names.flatMap(({ kind, value }, index) => {
    const isQualified = names[index + 1]?.value === '.' || names[index - 1]?.value === '.';
    return kind === 'name' && !isQualified ? [value] : [];
  });
}
