import type { ColumnType } from '../../columns.ts';
import type { DeepToken, Element } from './show-create-table.ts';
import { unquoteText } from '../unquote-text.ts';

/** What a column's definition says of its rows. */
export interface TableColumn extends ColumnType {
  /** Whether the server computes it. */
  readonly generated: boolean;
  /** Its part in the table's system versioning: when, or by which transaction, a row began or ended. */
  readonly rowTime: 'start' | 'end' | null;
  /** The words outside of parentheses, its type first, in capitals. */
  readonly words: readonly string[];
}

/** The columns among the elements of a table, in order. */
export function readColumns(elements: readonly Element[]): TableColumn[] {
  return elements.flatMap((element) =>
    element.column === null ? [] : [readColumn(element.column, element)],
  );
}

function readColumn(name: string, { tokens }: Element): TableColumn {
  const words = tokens
    .filter(({ kind, depth }) => kind === 'word' && depth === 0)
    .map(({ value }) => value.toUpperCase());
  const type = words[0]!.toLowerCase();
  const always = words.indexOf('GENERATED') + 1;
  const isRowTime = always > 0 && words[always + 2] === 'ROW';
  return {
    name,
    type,
    labels: labelTokens(tokens).map(({ value }) => unquoteText(value)),
    digits: type === 'float' || type === 'double' ? digitsIn(tokens) : [],
    generated: always > 0,
    rowTime: isRowTime ? (words[always + 3] === 'START' ? 'start' : 'end') : null,
    words,
  };
}

/** The labels of an ENUM or SET, as printed; none of other types. */
export function labelTokens(tokens: readonly DeepToken[]): DeepToken[] {
  if (!['enum', 'set'].includes(tokens[1]!.value)) return [];
  return typeArguments(tokens).filter(({ kind }) => kind === 'text');
}

function digitsIn(tokens: readonly DeepToken[]): number[] {
  return typeArguments(tokens).flatMap(({ kind, value }) => (kind === 'word' ? [Number(value)] : []));
}

/** What stands in parentheses right after a column's name and type. */
function typeArguments(tokens: readonly DeepToken[]): readonly DeepToken[] {
  if (tokens[2]?.value !== '(') return [];
  return tokens.slice(
    3,
    tokens.findIndex(({ value, depth }, index) => index > 2 && value === ')' && depth === 0),
  );
}
