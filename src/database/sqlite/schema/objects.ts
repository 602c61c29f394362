import type { DatabaseSync } from 'node:sqlite';
import { FILE_KIND, type LinkedObject } from '../../../core/selection.ts';
import type { Statement } from '../../engine.ts';
import { quoteName, quoteText, rowsOf, valueOf } from '../file/connection.ts';
import { tablesOf } from '../file/tables.ts';

/** The only schema that a file has. */
export const SCHEMA = 'main';

/** The number of the file itself, which all that is in it needs. */
export const FILE_OBJECT = 0;

/** An object with its definition. */
export interface SchemaObject extends LinkedObject<number> {
  readonly sql: string;
}

interface SchemaRow {
  readonly type: 'table' | 'index' | 'view' | 'trigger';
  readonly name: string;
  readonly tbl_name: string;
  readonly sql: string;
}

/** Action codes of authorizers. Source: https://sqlite.org/c3ref/c_alter_table.html */
const READ = 20;
const ALLOWED = 0;

/**
 * What a user made in a file, in the order in which it was made; the tables that virtual ones keep their rows in are parts of
 * those.
 */
export function readObjects(db: DatabaseSync): Map<number, SchemaObject> {
  const rows = rowsOf<SchemaRow>(
    db,
    `SELECT type, name, tbl_name, sql FROM sqlite_schema
     WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY rowid`,
  );
  const shadows = new Set(tablesOf(db).flatMap(({ name, type }) => (type === 'shadow' ? [name] : [])));
  const visible = rows.filter(({ name, tbl_name }) => !shadows.has(name) && !shadows.has(tbl_name));
  const numbers = new Map<string, number>();
  for (const [index, { type, name }] of visible.entries()) {
    if (type === 'table' || type === 'view') numbers.set(folded(name), index + 1);
  }
  const numbersOf = (names: Iterable<string>, own: string): number[] => [
    ...new Set(
      [...names].flatMap((name) => (folded(name) === folded(own) ? [] : (numbers.get(folded(name)) ?? []))),
    ),
  ];
  const objects = new Map<number, SchemaObject>([[FILE_OBJECT, fileObject(db)]]);
  for (const [index, row] of visible.entries()) {
    const isPart = row.type === 'index' || row.type === 'trigger';
    objects.set(index + 1, {
      id: index + 1,
      kind: row.type.toUpperCase(),
      schema: SCHEMA,
      name: row.name,
      table: isPart ? row.tbl_name : null,
      needs: [FILE_OBJECT, ...(isPart ? [] : numbersOf(neededBy(db, row), row.name))],
      partOf: isPart ? numbersOf([row.tbl_name], '') : [],
      comesWith: [],
      sql: `${row.sql};`,
    });
  }
  return objects;
}

/** The file itself: what no object tells of it. */
function fileObject(db: DatabaseSync): SchemaObject {
  const encoding = quoteText(String(valueOf(db, 'PRAGMA encoding')));
  const numbers = ['page_size', 'auto_vacuum', 'application_id', 'user_version'].map(
    (pragma) => `PRAGMA ${pragma} = ${String(valueOf(db, `PRAGMA ${pragma}`))};`,
  );
  return {
    id: FILE_OBJECT,
    kind: FILE_KIND,
    schema: null,
    name: SCHEMA,
    table: null,
    needs: [],
    partOf: [],
    comesWith: [],
    sql: [`PRAGMA encoding = ${encoding};`, ...numbers].join('\n'),
  };
}

/** Whether a module of SQLite keeps a table's rows, in tables of its own or of others. */
export function isVirtual({ sql }: Pick<SchemaObject, 'sql'>): boolean {
  return /^CREATE\s+VIRTUAL\s/i.test(sql);
}

/** As statements, in their order. */
export function statementsOf(objects: Iterable<SchemaObject>): Statement[] {
  return Array.from(objects, ({ id, kind, schema, name, table, needs, partOf, comesWith, sql }) => {
    const about = {
      kind,
      schema,
      name,
      table,
      needs: [...needs],
      partOf: [...partOf],
      comesWith: [...comesWith],
    };
    return { kind, schema, name, sql, object: id, about };
  });
}

/** SQLite knows ASCII letters of names alone as small or capital. */
export function folded(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());
}

/** Names of tables and views that an object is of no use without. */
function neededBy(db: DatabaseSync, { type, name, sql }: SchemaRow): Iterable<string> {
  if (type === 'view') return readBy(db, name);
  const parents = rowsOf<{ table: string }>(db, `PRAGMA foreign_key_list(${quoteText(name)})`);
  // The table that a full-text index is over.
  const content = /^\s*CREATE\s+VIRTUAL\s.*\bcontent\s*=\s*(?:'([^']+)'|"([^"]+)"|([^\s,)]+))/is.exec(sql);
  return [...parents.map(({ table }) => table), ...(content?.slice(1).filter(Boolean) ?? [])];
}

/** What a view reads; nothing where it no longer works. */
function readBy(db: DatabaseSync, view: string): Set<string> {
  const names = new Set<string>();
  db.setAuthorizer((action, table) => {
    if (action === READ && table !== null) names.add(table);
    return ALLOWED;
  });
  try {
    db.prepare(`SELECT * FROM main.${quoteName(view)}`);
  } catch {
    return new Set();
  } finally {
    db.setAuthorizer(null);
  }
  return names;
}
