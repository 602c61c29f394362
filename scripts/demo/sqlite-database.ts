import { createHash } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Fingerprint } from './database-fingerprint.ts';
import type { SampleDatabase } from './sample-database.ts';
import { writeSampleUploads } from './sample-uploads.ts';

/** A database in a file. */
export function sqliteDatabase(path: string): SampleDatabase {
  return {
    url: `sqlite:${path}`,
    async create(uploads) {
      const files = await writeSampleUploads(uploads);
      const db = new DatabaseSync(path);
      db.exec(await readFile(join(import.meta.dirname, 'sample-sqlite.sql'), 'utf8'));
      const insert = db.prepare(
        'INSERT INTO documents (customer_id, path, bytes, sha256) VALUES (?, ?, ?, ?)',
      );
      for (const [number, file] of files.entries()) {
        insert.run(1 + (number % 600), file.path, file.bytes, Buffer.from(file.sha256, 'hex'));
      }
      db.close();
    },
    fingerprint: async () => fingerprint(path),
    async lose() {
      for (const file of [path, `${path}-wal`, `${path}-shm`]) await rm(file, { force: true });
      return 'Gone: no database, no folder.';
    },
    stop: async () => {},
    example: 'sqlite:/PATH/TO/app.db',
    left: path,
  };
}

/** The rows of every table and the definition of every object. */
function fingerprint(path: string): Fingerprint {
  const db = new DatabaseSync(path, { readOnly: true });
  try {
    const found = new Map<string, string>();
    for (const pragma of ['application_id', 'user_version', 'journal_mode', 'page_size']) {
      found.set(`setting ${pragma}`, JSON.stringify(db.prepare(`PRAGMA ${pragma}`).get()));
    }
    const objects = db.prepare(
      'SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY rowid',
    );
    for (const { type, name, sql } of objects.all())
      found.set(`definition of ${String(type)} ${String(name)}`, String(sql));
    // Virtual tables keep their rows in others.
    const tables = db.prepare(
      `SELECT name, iif(type = 'shadow', 'part', 'table') AS kind FROM pragma_table_list
       WHERE schema = 'main' AND type <> 'view' AND name <> 'sqlite_schema'`,
    );
    for (const { name, kind } of tables.all())
      found.set(`${String(kind)} ${String(name)}`, rows(db, String(name)));
    return found;
  } finally {
    db.close();
  }
}

function rows(db: DatabaseSync, table: string): string {
  const statement = db.prepare(`SELECT * FROM "${table}"`);
  statement.setReadBigInts(true);
  const hash = createHash('sha256');
  let count = 0;
  for (const row of statement.iterate()) {
    count += 1;
    for (const value of Object.values(row)) {
      hash
        .update(`${typeof value} `)
        .update(value instanceof Uint8Array ? value : String(value))
        .update('\n');
    }
  }
  return `${count} rows, SHA-256 ${hash.digest('hex')}`;
}
