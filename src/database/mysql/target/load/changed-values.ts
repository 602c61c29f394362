import type { TableInfo } from '../../../engine.ts';
import { quoteText } from '../../catalog/literals.ts';
import { HIDDEN_ROW_END } from '../../catalog/tables/table-rows.ts';
import { quoteName } from '../../columns.ts';
import type { Row, Session } from '../../connection/session.ts';
import { changedFailure } from '../failures.ts';

const warningsToShow = 5;
/** Warnings that say nothing about values: what is deprecated, and how the binary log writes a statement. */
const HARMLESS = [1287, 1592, 1618, 1681, 3719, 3778];
/** What an index on an expression makes of a row, which is stored as it is. */
const OF_FUNCTIONAL_INDEXES = [3751, 3752];
const DATA_TRUNCATED = 1265;
/** What MariaDB tells as the expressions of columns with the times of rows. */
const [ROW_START, ROW_END] = ['ROW START', 'ROW END'];
const truncated = /^Data truncated for column '(.*)' at row \d+$/s;
/** What an expression says of a value that it converts for itself; what is stored is told with its column. */
const ofExpressions = /^(?:Truncated incorrect |Division by (?:0|zero))/;

/** The columns of a table for which a server says more than a strict one lets pass. */
export interface LooseColumns {
  /** An ENUM may hold 0, which no label has: strict mode refuses it. */
  readonly enums: ReadonlySet<string>;
  /** Generated columns: what they round, cut off or cannot convert they did at the source as well. */
  readonly generated: ReadonlySet<string>;
  /** Whether the server works out generated columns, or an index on an expression. */
  readonly computes: boolean;
  /** Whether the rows say until when each is current. */
  readonly hasRowEnds: boolean;
}

export async function looseColumns(session: Session, { name, columns }: TableInfo): Promise<LooseColumns> {
  // For text in any other character set the server looks at every table of the database.
  const rows = await session.query(
    `SELECT COLUMN_NAME AS name, DATA_TYPE AS type, COALESCE(GENERATION_EXPRESSION, '') AS expression
    FROM information_schema.COLUMNS
    WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = _utf8mb3${quoteText(name)}`,
  );
  const named = (found: readonly Row[]): ReadonlySet<string> =>
    new Set(found.map((row) => row['name'] ?? ''));
  // The times of rows are given, not worked out.
  const generated = named(rows.filter((row) => !['', ROW_START, ROW_END].includes(row['expression'] ?? '')));
  const enums = named(rows.filter((row) => row['type'] === 'enum'));
  const computes = generated.size > 0 || (await hasFunctionalIndex(session, name));
  const listed = named(rows);
  const declared = named(rows.filter((row) => row['expression'] === ROW_END));
  const isRowEnd = (column: string): boolean =>
    declared.has(column) || (column === HIDDEN_ROW_END && !listed.has(column));
  return { enums, generated, computes, hasRowEnds: columns.some(isRowEnd) };
}

async function hasFunctionalIndex(session: Session, name: string): Promise<boolean> {
  if (session.server.flavor === 'mariadb') return false;
  const rows = await session.query(`SHOW INDEX FROM ${quoteName(name)}`);
  return rows.some((row) => (row['Expression'] ?? null) !== null);
}

/**
 * Looks at the warnings of an INSERT.
 * @param zeros how many values are no label of their ENUM, and bring a warning each
 * @throws HoldfastError `failed` when the server has changed a value of the archive
 */
export async function refuseChanges(
  session: Session,
  table: TableInfo,
  columns: LooseColumns,
  zeros: number,
): Promise<void> {
  const [total] = await session.query('SHOW COUNT(*) WARNINGS');
  const rows = await session.query('SHOW WARNINGS');
  const said = rows.filter((row) => !isHarmless(row, columns));
  const isZero = ({ Code: code, Message: message }: Row): boolean =>
    Number(code) === DATA_TRUNCATED && columns.enums.has(truncated.exec(message ?? '')?.[1] ?? '');
  const changes = said.filter((row) => !isZero(row));
  // Not all are told, but all are counted. What a server works out itself it may say of every row: then what is told decides.
  const count = Number(Object.values(total ?? {})[0]);
  const isAllTold = count === rows.length;
  const changed =
    columns.computes && !isAllTold ? changes.length : count - (rows.length - said.length) - zeros;
  if (changes.length === 0 && changed === 0) return;
  const messages = (changes.length > 0 ? changes : said).map((row) => row['Message'] ?? '');
  const shown = messages.slice(0, warningsToShow);
  throw changedFailure(table, shown, Math.max(0, changed - shown.length));
}

function isHarmless({ Code: code, Message: message }: Row, { generated, computes }: LooseColumns): boolean {
  if (HARMLESS.includes(Number(code))) return true;
  if (!computes) return false;
  if (OF_FUNCTIONAL_INDEXES.includes(Number(code)) || ofExpressions.test(message ?? '')) return true;
  const said = (message ?? '').replace(/ at row \d+$/, '');
  return [...generated].some((name) =>
    [`column '${name}'`, `.\`${name}\``, `Column '${name}' cannot be null`].some((end) => said.endsWith(end)),
  );
}
