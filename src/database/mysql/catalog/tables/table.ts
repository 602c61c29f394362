import { quoteName } from '../../columns.ts';
import type { Session } from '../../connection/session.ts';
import { tableFeatures } from '../../features/table-features.ts';
import { dependentColumns } from './dependent-columns.ts';
import { inheritCollations, keepImplicitCharsets } from './implicit-collations.ts';
import { lateIndexes } from './late-indexes.ts';
import { objectId, type ObjectStatement } from '../object.ts';
import { withoutOwnDatabase } from '../own-database.ts';
import { plainInvisible } from './plain-invisible.ts';
import type { ReadTable } from './read-table.ts';
import { type Element, writeTableText } from './show-create-table.ts';
import type { TableColumn } from './table-columns.ts';
import { readTableOptions } from './table-options.ts';
import { plainTable, type TableObject } from './table-object.ts';
import { readRows } from './table-rows.ts';

/**
 * The statements that make a table, and how its rows are read.
 * @param referenced the columns that other tables' foreign keys refer to, where its indexes are to be made after its rows as
 *   far as that can be; otherwise null
 */
export function describeTable(
  table: ReadTable,
  { server, database }: Pick<Session, 'server' | 'database'>,
  referenced: ReadonlySet<string> | null,
): TableObject {
  const { listed, columns, foreignKeys } = table;
  const { name } = listed;
  const options = readTableOptions(table.text.ending);
  const isVersioned = options.words.includes('VERSIONING');
  const inherited = server.flavor === 'mysql' ? plainInvisible(inheritCollations(table.text)) : table.text;
  const { text, sequences } = withoutOwnDatabase(inherited, database);
  // Changing a table with history takes settings, and keeps not all of it.
  const late = referenced === null || isVersioned ? [] : lateIndexes(text, foreignKeys, referenced);
  const elements = text.elements.filter((element) => !late.includes(element));
  // ARCHIVE takes no row below the number that comes next, which it finds by itself.
  const ending =
    listed.storageEngine === 'ARCHIVE' ? text.ending.replace(/ AUTO_INCREMENT=\d+/, '') : text.ending;
  const parents = foreignKeys.filter((key) => key.database === null).map((key) => key.table);
  const others = new Set([...parents, ...options.union].filter((other) => other !== name));
  const found = readRows(table, server, isVersioned);
  return {
    ...plainTable(listed),
    preData: [
      { kind: 'TABLE', sql: `${writeTableText({ ...text, elements, ending })};` },
      ...(server.flavor === 'mysql' ? keepImplicitCharsets(text, name) : []),
    ],
    postData: indexStatements(name, late),
    needs: [...[...others].map((other) => objectId('TABLE', other)), ...sequences],
    rows: found.rows,
    dependent: dependentColumns(text.elements, columns),
    warnings: [...table.warnings, ...found.warnings],
    collations: [...new Set([listed.collation ?? [], collationsOf(columns)].flat())],
    features: tableFeatures(name, text, columns),
    hasForeignKey: foreignKeys.length > 0,
    hasPrimaryKey: elements.some(({ sql }) => sql.startsWith('PRIMARY KEY')),
    tablespace: options.tablespace,
    dataDirectory: options.dataDirectory,
  };
}

function indexStatements(name: string, late: readonly Element[]): ObjectStatement[] {
  if (late.length === 0) return [];
  const additions = late.map(({ sql }) => `ADD ${sql}`);
  return [{ kind: 'INDEX', sql: `ALTER TABLE ${quoteName(name)}\n  ${additions.join(',\n  ')};` }];
}

/** The collations that columns have of their own. */
function collationsOf(columns: readonly TableColumn[]): string[] {
  return columns.flatMap(({ words }) => {
    const place = words.indexOf('COLLATE');
    return place === -1 ? [] : words[place + 1]!.toLowerCase();
  });
}
