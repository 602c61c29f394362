import type { Readable } from 'node:stream';
import type { TableInfo } from '../../engine.ts';
import { quoteText } from '../catalog/literals.ts';
import { isServerError } from '../connection/failure.ts';
import type { Row, Session } from '../connection/session.ts';
import { changedFailure, loadFailure } from './failures.ts';
import { splitStatements } from './split-statements.ts';
import { ZeroLiterals } from './zero-literals.ts';

const warningsToShow = 5;
/** Warnings that say nothing about values: what is deprecated, and how the binary log writes a statement. */
const HARMLESS = [1287, 1592, 1618, 1681, 3719, 3778];
const DATA_TRUNCATED = 1265;
const truncated = /^Data truncated for column '(.*)' at row \d+$/s;

/**
 * Loads a part of a table's rows in one transaction; returns how many the server counted.
 * @throws HoldfastError `failed`, also when the server has changed a value to make it fit
 */
export async function loadRows(session: Session, table: TableInfo, rows: Readable): Promise<number> {
  let count = 0;
  try {
    const enums = await enumColumns(session, table);
    await session.run(`SET SESSION sql_mode = '${sqlMode(enums.size === 0)}'`);
    await session.run('START TRANSACTION');
    for await (const statement of splitStatements(rows)) {
      const zeros = new ZeroLiterals(placesOf(enums, table));
      const done = await session.send(enums.size === 0 ? statement : zeros.watch(statement));
      count += done.affectedRows;
      if (done.warnings > 0 || zeros.count > 0) await refuseChanges(session, table, enums, zeros.count);
    }
    await session.run('COMMIT');
  } catch (error) {
    throw isServerError(error) ? loadFailure(error, table) : error;
  }
  return count;
}

/** Strict, but for dates that other modes let pass. Without, a server changes values, with a warning for each. */
function sqlMode(isStrict: boolean): string {
  return `${isStrict ? 'STRICT_ALL_TABLES,' : ''}NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES`;
}

/** An ENUM may hold 0, which no label has: strict mode refuses it. */
async function enumColumns(session: Session, { name }: TableInfo): Promise<ReadonlySet<string>> {
  const rows = await session.query(
    `SELECT COLUMN_NAME AS name FROM information_schema.COLUMNS
    WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = CONVERT(${quoteText(name)} USING utf8mb4) AND DATA_TYPE = 'enum'`,
  );
  return new Set(rows.map((row) => row['name'] ?? ''));
}

function placesOf(names: ReadonlySet<string>, { columns }: TableInfo): ReadonlySet<number> {
  return new Set([...columns.keys()].filter((place) => names.has(columns[place] ?? '')));
}

/** @param zeros how many values are no label of their ENUM, and bring a warning each */
async function refuseChanges(
  session: Session,
  table: TableInfo,
  enums: ReadonlySet<string>,
  zeros: number,
): Promise<void> {
  const [total] = await session.query('SHOW COUNT(*) WARNINGS');
  const rows = await session.query('SHOW WARNINGS');
  const said = rows.filter((row) => !HARMLESS.includes(Number(row['Code'])));
  const isZero = ({ Code: code, Message: message }: Row): boolean =>
    Number(code) === DATA_TRUNCATED && enums.has(truncated.exec(message ?? '')?.[1] ?? '');
  const changes = said.filter((row) => !isZero(row));
  // Not all are told, but all are counted.
  const changed = Number(Object.values(total ?? {})[0]) - (rows.length - said.length) - zeros;
  if (changes.length === 0 && changed === 0) return;
  const messages = (changes.length > 0 ? changes : said).map((row) => row['Message'] ?? '');
  const shown = messages.slice(0, warningsToShow);
  throw changedFailure(table, shown, Math.max(0, changed - shown.length));
}
