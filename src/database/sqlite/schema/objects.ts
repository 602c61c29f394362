import type { DatabaseSync } from 'node:sqlite';
import { FILE_KIND, type LinkedObject } from '../../../core/selection.ts';
import type { Statement } from '../../engine.ts';
import { openFile, quoteText, rowsOf, unchanging, valueOf } from '../file/connection.ts';
import { tablesOf } from '../file/tables.ts';
import { type Uses, UsesFinder } from './uses.ts';

/** The only schema that a file has. */
export const SCHEMA = 'main';

/** The number of the file itself, which all that is in it needs. */
export const FILE_OBJECT = 0;

/** An object with its definition. */
export interface SchemaObject extends LinkedObject<number>, Pick<Uses, 'doubt' | 'faults'> {
  readonly sql: string;
}

interface SchemaRow {
  readonly type: 'table' | 'index' | 'view' | 'trigger';
  readonly name: string;
  readonly tbl_name: string;
  readonly sql: string;
}

/**
 * What a user made in a file, which nobody changes now, in the order in which it was made; the tables that virtual ones keep
 * their rows in are parts of those.
 */
export function readObjects(path: string): Map<number, SchemaObject> {
  const db = openFile(unchanging(path), { readOnly: true });
  try {
    return objectsOf(db);
  } finally {
    db.close();
  }
}

function objectsOf(db: DatabaseSync): Map<number, SchemaObject> {
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
  const triggers = visible.flatMap(({ type, name }) => (type === 'trigger' ? [name] : []));
  const finder = new UsesFinder(db, new Set(triggers));
  for (const [index, row] of visible.entries()) {
    const isPart = row.type === 'index' || row.type === 'trigger';
    const { names, doubt, faults } = usesOf(db, finder, row);
    objects.set(index + 1, {
      id: index + 1,
      kind: row.type.toUpperCase(),
      schema: SCHEMA,
      name: row.name,
      table: isPart ? row.tbl_name : null,
      needs: [FILE_OBJECT, ...numbersOf(names, row.tbl_name)],
      partOf: isPart ? numbersOf([row.tbl_name], '') : [],
      comesWith: [],
      sql: `${row.sql};`,
      doubt,
      faults,
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
    doubt: null,
    faults: [],
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

/** What an object is of no use without, by name. */
function usesOf(db: DatabaseSync, finder: UsesFinder, { type, name, tbl_name, sql }: SchemaRow): Uses {
  if (type === 'view') return finder.ofView(name);
  if (type === 'trigger') return finder.ofTrigger(name, tbl_name);
  if (type === 'index') return { names: new Set(), doubt: null, faults: [] };
  const parents = rowsOf<{ table: string }>(db, `PRAGMA foreign_key_list(${quoteText(name)})`);
  // The table that a full-text index is over.
  const content = /^\s*CREATE\s+VIRTUAL\s.*\bcontent\s*=\s*(?:'([^']+)'|"([^"]+)"|([^\s,)]+))/is.exec(sql);
  const names = [...parents.map(({ table }) => table), ...(content?.slice(1).filter(Boolean) ?? [])];
  return { names: new Set(names), doubt: null, faults: [] };
}
