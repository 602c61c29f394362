import { HoldfastError } from '../../../../core/errors.ts';
import { printable } from '../../../../core/printable.ts';
import { quoteName } from '../../columns.ts';
import type { Session } from '../../connection/session.ts';
import { quoteText } from '../literals.ts';

/** A foreign key as a server prints it that doubles the backquotes in names; others stand as they are. */
const WELL_QUOTED =
  /^ {2}CONSTRAINT `(?:[^`]|``)+` FOREIGN KEY \((?:`(?:[^`]|``)+`(?:, )?)+\) REFERENCES (?:`(?:[^`]|``)+`\.?)+ \(/;

/**
 * A table's definition with the names in its foreign keys quoted: MariaDB before 10.11.19 prints a backquote in the names of
 * constraints and columns there as it is, which no server takes.
 * @throws HoldfastError `failed` where it cannot be told what the server means
 */
export async function withQuotedKeys(session: Session, table: string, sql: string): Promise<string> {
  const lines = sql.split('\n').filter((line) => line.startsWith('  CONSTRAINT `'));
  const keys = lines.filter((line) => line.includes(' FOREIGN KEY '));
  if (keys.every((line) => WELL_QUOTED.test(line) && !line.includes('``'))) return sql;
  let mended = sql;
  for (const { name, columns, target, references } of await readKeys(session, table)) {
    const print = (...quotes: readonly Quote[]): string => {
      const [own, left, right] = quotes as [Quote, Quote, Quote];
      return `  CONSTRAINT ${own(name)} FOREIGN KEY (${columns.map(left).join(', ')}) REFERENCES ${target} (${references.map(right).join(', ')})`;
    };
    const exact = print(quoteName, quoteName, quoteName);
    if (mended.includes(exact)) continue;
    const printed = combinations.map((quotes) => print(...quotes)).find((text) => mended.includes(text));
    if (printed === undefined) {
      throw new HoldfastError(
        'failed',
        `The server prints the foreign key ${printable(name)} of table ${printable(table)} so that it cannot be made again.`,
        {
          hint: 'Rename what has a backquote in its name, or use a newer server: MariaDB 10.11.19 is mended.',
        },
      );
    }
    mended = mended.replace(printed, () => exact);
  }
  return mended;
}

type Quote = (name: string) => string;

const bare: Quote = (name) => `\`${name}\``;
const both = [bare, quoteName];
const combinations = both.flatMap((own) => both.flatMap((left) => both.map((right) => [own, left, right])));

interface KeyNames {
  readonly name: string;
  readonly columns: string[];
  /** The table that it refers to, as the server prints it. */
  readonly target: string;
  readonly references: string[];
}

async function readKeys(session: Session, table: string): Promise<KeyNames[]> {
  const rows =
    await session.query(`SELECT CONSTRAINT_NAME AS name, COLUMN_NAME AS col, REFERENCED_TABLE_SCHEMA = DATABASE() AS own,
      REFERENCED_TABLE_SCHEMA AS base, REFERENCED_TABLE_NAME AS target, REFERENCED_COLUMN_NAME AS ref
    FROM information_schema.KEY_COLUMN_USAGE
    WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = ${quoteText(table)} AND REFERENCED_TABLE_NAME IS NOT NULL
    ORDER BY CONSTRAINT_NAME, ORDINAL_POSITION`);
  const keys = new Map<string, KeyNames>();
  for (const row of rows) {
    const target = `${row['own'] === '1' ? '' : `${quoteName(row['base']!)}.`}${quoteName(row['target']!)}`;
    const key = keys.get(row['name']!) ?? { name: row['name']!, columns: [], target, references: [] };
    key.columns.push(row['col']!);
    key.references.push(row['ref']!);
    keys.set(key.name, key);
  }
  return [...keys.values()];
}
