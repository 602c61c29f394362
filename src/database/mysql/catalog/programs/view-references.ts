import { type Token, tokensOf } from '../tokens.ts';

/** What a view's definition names of its own database. */
export interface ViewReferences {
  /** Tables, views and sequences, each with the columns that are read from it. */
  readonly relations: ReadonlyMap<string, ReadonlySet<string>>;
  /** Functions that are stored programs, each with its number of arguments. */
  readonly functions: ReadonlyMap<string, number>;
}

/** Functions of MariaDB whose argument is a sequence. */
const SEQUENCE_FUNCTIONS: ReadonlySet<string> = new Set(['nextval', 'lastval', 'setval']);

/**
 * Reads the definition of a view, as information_schema.VIEWS has it: tables with the name of their database, names between
 * backquotes, built-in functions without.
 */
export function viewReferences(definition: string, database: string): ViewReferences {
  const tokens = tokensOf(definition);
  const isSign = (position: number, sign: string): boolean =>
    tokens[position]?.kind === 'sign' && tokens[position].value === sign;
  const isName = (position: number): boolean => tokens[position]?.kind === 'name';
  const relations = new Map<string, Set<string>>();
  const functions = new Map<string, number>();
  /** What tables and columns are called that columns are qualified by. */
  const labels = new Map<string, Set<string>>();
  const pairs: { readonly qualifier: string; readonly column: string }[] = [];
  for (const [position, { kind, value }] of tokens.entries()) {
    if (kind !== 'name') continue;
    const isQualified = isSign(position - 1, '.') && isName(position - 2);
    if (isSign(position + 1, '(')) {
      const isOwn = !isQualified || tokens[position - 2]?.value === database;
      if (isOwn) functions.set(value, countArguments(tokens, position + 1));
    } else if (isQualified && !isSign(position + 1, '.')) {
      const qualifier = tokens[position - 2]?.value ?? '';
      pairs.push({ qualifier, column: value });
      const isWhole = !isSign(position - 3, '.');
      if (!isWhole || qualifier !== database) continue;
      const columns = relations.get(value) ?? new Set<string>();
      relations.set(value, columns);
      labels.set(value, columns);
      const alias = tokens[position + 1];
      if (alias?.kind === 'name') labels.set(alias.value, columns);
    }
  }
  for (const { qualifier, column } of pairs) labels.get(qualifier)?.add(column);
  return { relations, functions };
}

function countArguments(tokens: readonly Token[], opening: number): number {
  let depth = 0;
  let count = 0;
  for (let position = opening; position < tokens.length; position += 1) {
    const { kind, value } = tokens[position]!;
    if (kind === 'sign' && value === ')' && (depth -= 1) === 0) return count;
    if (depth === 1 && count === 0) count = 1;
    if (kind === 'sign' && value === '(') depth += 1;
    if (kind === 'sign' && value === ',' && depth === 1) count += 1;
  }
  return count;
}

/**
 * A view as SHOW CREATE VIEW prints it, without the name of its own database where the server writes that by itself: before
 * columns of views that do not work, and before sequences; and before functions, where whoever made the view wrote it.
 */
export function withoutOwnDatabase(sql: string, database: string): string {
  return withoutQualifiers(sql, database, (tokens, position) => {
    const value = (at: number): string => tokens[at]?.value ?? '';
    const isColumn = value(position + 3) === '.' && tokens[position + 4]?.kind === 'name';
    const isCall = value(position + 3) === '(';
    return isColumn || isCall || (value(position - 1) === '(' && SEQUENCE_FUNCTIONS.has(value(position - 2)));
  });
}

/** A view's definition as information_schema has it, without the name of its own database. */
export function withoutDatabase(definition: string, database: string): string {
  return withoutQualifiers(definition, database, () => true);
}

function withoutQualifiers(
  sql: string,
  database: string,
  isRemoved: (tokens: readonly Token[], position: number) => boolean,
): string {
  const tokens = tokensOf(sql);
  let result = '';
  let end = 0;
  for (const [position, { kind, value, start }] of tokens.entries()) {
    if (kind !== 'name' || value !== database || tokens[position - 1]?.value === '.') continue;
    const next = tokens[position + 2];
    if (tokens[position + 1]?.value !== '.' || next?.kind !== 'name' || !isRemoved(tokens, position))
      continue;
    result += sql.slice(end, start);
    end = next.start;
  }
  return result + sql.slice(end);
}
