import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe } from 'vitest';
import { sqlite } from '../../src/database/sqlite/sqlite.ts';
import { describeEngine } from './engine.ts';

/** Both ways of SQLite to keep a file whole. */
describe.each(['delete', 'wal'])('with the journal mode %s', (mode) => {
  describeEngine('SQLite', {
    engine: sqlite,
    keepsFile: true,
    newDatabase: async () => {
      const folder = await mkdtemp(join(tmpdir(), 'holdfast-contract-'));
      const path = join(folder, 'contract 100%?.db');
      const query = async (sql: string): Promise<Record<string, unknown>[]> => {
        const db = new DatabaseSync(path);
        try {
          return db.prepare(sql).all();
        } finally {
          db.close();
        }
      };
      await query(`PRAGMA journal_mode = ${mode}`);
      await query('PRAGMA user_version = 1');
      return {
        url: `sqlite:${path.replaceAll('%', '%25').replaceAll('?', '%3F')}`,
        query,
        drop: () => rm(folder, { recursive: true, force: true }),
      };
    },
    malformedUrl: 'sqlite://ann:s3cret@localhost/app',
    unreachableUrl: 'sqlite:/there/is/no/such/folder/app.db',
  });
});
