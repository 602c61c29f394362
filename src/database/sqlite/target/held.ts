import { tablesOf } from '../file/tables.ts';
import { openFile, valueOf } from '../file/connection.ts';
import { explain, isUnreadable } from '../file/errors.ts';
import { isDatabaseFile } from '../file/header.ts';
import type { Place } from './place.ts';

interface Held {
  readonly objects: number;
  readonly tables: number;
  readonly encoding: string;
  readonly pageSize: number;
  readonly isWal: boolean;
  /** True where it was a database once, and SQLite cannot read it any more. */
  readonly isDamaged: boolean;
}

const NOTHING: Held = {
  objects: 0,
  tables: 0,
  encoding: 'UTF-8',
  pageSize: 0,
  isWal: false,
  isDamaged: false,
};

/** What is in the file at a place. @throws HoldfastError `failed` for what is no database: it is not replaced */
export function contentsOf({ path, file }: Place): Held {
  if (file === null || file.bytes === 0) return NOTHING;
  try {
    const db = openFile(path, { readOnly: false });
    try {
      return {
        objects: Number(
          valueOf(db, `SELECT count(*) FROM sqlite_schema WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\'`),
        ),
        tables: tablesOf(db).filter(({ type }) => type === 'table' || type === 'virtual').length,
        encoding: String(valueOf(db, 'PRAGMA encoding')),
        pageSize: Number(valueOf(db, 'PRAGMA page_size')),
        isWal: valueOf(db, 'PRAGMA journal_mode') === 'wal',
        isDamaged: false,
      };
    } finally {
      db.close();
    }
  } catch (error) {
    // Whatever is left of it is somebody's.
    if (isUnreadable(error) && isDatabaseFile(path)) return { ...NOTHING, objects: 1, isDamaged: true };
    throw explain(error, path);
  }
}
