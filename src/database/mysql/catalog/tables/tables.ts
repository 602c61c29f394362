import { HoldfastError } from '../../../../core/errors.ts';
import { printable } from '../../../../core/printable.ts';
import { quoteName } from '../../columns.ts';
import { isServerError, serverMessage } from '../../connection/failure.ts';
import type { Session } from '../../connection/session.ts';
import { ReferencedColumns } from './foreign-keys.ts';
import { withoutForeignKeys } from './left-out-keys.ts';
import { withLostLetters } from './lost-letters.ts';
import { parseTable, type ReadTable } from './read-table.ts';
import { withQuotedKeys } from './quoted-keys.ts';
import { readSequence } from './sequence.ts';
import { type ListedTable, plainTable, type TableObject } from './table-object.ts';
import { describeTable } from './table.ts';

export type { TableObject, TableRows } from './table-object.ts';

/** Secondary indexes of InnoDB tables with at least so many bytes of rows are made after the rows, which is faster. */
const LARGE_TABLE_BYTES = 64 * 1024 ** 2;

export interface TableChoices {
  /** True for a table or sequence that is left out: it is named alone, and so is in nobody's way when it is damaged. */
  readonly isLeftOut?: (name: string) => boolean;
  /** True for an InnoDB table whose indexes are made after its rows, as far as that can be; by its size unless given. */
  readonly isLarge?: (table: ListedTable) => boolean;
}

/**
 * All sequences and tables of the session's database, in an order in which they can be made while foreign keys are not
 * checked. One that cannot be read has a `failure`.
 */
export async function readTables(session: Session, choices: TableChoices = {}): Promise<TableObject[]> {
  const { isLeftOut = () => false, isLarge = ({ bytes }: ListedTable) => bytes >= LARGE_TABLE_BYTES } =
    choices;
  const listed = (await listTables(session)).toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const names = new Set(listed.map(({ name }) => name.toLowerCase()));
  const exists = (name: string): boolean => names.has(name.toLowerCase());
  // With a character set of its own the server would lose what it has no letter for: the bytes of literals in other ones.
  await session.run('SET character_set_results = NULL');
  try {
    const sequences: TableObject[] = [];
    const tables: TableObject[] = [];
    const large: ReadTable[] = [];
    const referenced = new ReferencedColumns();
    for (const one of listed) {
      if (isLeftOut(one.name)) {
        tables.push({ ...plainTable(one), kind: one.type === 'SEQUENCE' ? 'SEQUENCE' : 'TABLE' });
        continue;
      }
      try {
        if (one.type === 'SEQUENCE') {
          sequences.push(await readSequence(session, one));
          continue;
        }
        const whole = await withLostLetters(session, parseTable(one, await readDefinition(session, one)));
        const table = withoutForeignKeys(whole, { isLeftOut, exists });
        referenced.add(table.foreignKeys);
        // Definitions taken apart take room: only those are kept so whose indexes depend on the other tables.
        if (one.storageEngine === 'InnoDB' && isLarge(one)) large.push(table);
        else tables.push(describeTable(table, session, null));
      } catch (error) {
        tables.push(unreadableTable(one, error));
      }
    }
    for (const table of large) tables.push(describeTable(table, session, referenced.of(table.listed.name)));
    return [...sequences, ...tables.toSorted((a, b) => (a.name < b.name ? -1 : 1))];
  } finally {
    await session.run('SET character_set_results = utf8mb4');
  }
}

async function listTables(session: Session): Promise<ListedTable[]> {
  const rows = await session.query(`
    SELECT TABLE_NAME AS name, TABLE_TYPE AS type, ENGINE AS engine, DATA_LENGTH AS bytes, TABLE_COLLATION AS collation
    FROM information_schema.TABLES
    WHERE TABLE_SCHEMA = DATABASE() AND TABLE_TYPE IN ('BASE TABLE', 'SYSTEM VERSIONED', 'SEQUENCE')`);
  return rows.map((row) => ({
    name: row['name']!,
    type: row['type']!,
    storageEngine: row['engine'] ?? '',
    bytes: Number(row['bytes'] ?? 0),
    collation: row['collation'] ?? null,
  }));
}

/** The statement that makes a table, as the server prints it. */
async function readDefinition(session: Session, { name }: ListedTable): Promise<string> {
  const answer = await session.query(`SHOW CREATE TABLE ${quoteName(name)}`);
  return withQuotedKeys(session, name, answer[0]!['Create Table']!);
}

/** A table that the server does not open: damaged, or of a storage engine that is not there. */
function unreadableTable(listed: ListedTable, error: unknown): TableObject {
  if (!isServerError(error)) throw error;
  const reason = `Cannot read the definition of table ${printable(listed.name)}: ${serverMessage(error)}`;
  return {
    ...plainTable(listed),
    failure: new HoldfastError('failed', reason, {
      hint: 'Repair or drop it, or leave it out with --exclude-table.',
      cause: error,
    }),
  };
}
