import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Bench, Part } from './bench.ts';
import { holdfast, measure, shell } from './measure.ts';
import { havePrograms } from './peers.ts';
import { Dice, documents } from './rows.ts';
import { table } from './table.ts';
import { type Job, takeTurns } from './turns.ts';

/** Rows, and with them about 290 MB. */
const ROWS = { documents: 15_000, orders: 2_000_000 };

export const sqlitePart: Part = {
  sections: ['backup', 'restore'],
  run: async (bench, wanted) => {
    const database = join(bench.scratch, 'app.db');
    fill(database, bench.scale);
    bench.report.print('## SQLite');
    if (wanted('backup')) await benchBackup(bench, database);
    if (wanted('restore')) await benchRestore(bench, database);
  },
};

function fill(path: string, scale: number): void {
  const database = new DatabaseSync(path);
  database.exec(`
    PRAGMA journal_mode = WAL;
    CREATE TABLE documents (id INTEGER PRIMARY KEY, title TEXT NOT NULL, data TEXT NOT NULL, hash BLOB NOT NULL, body TEXT NOT NULL);
    CREATE TABLE orders (id INTEGER PRIMARY KEY, customer INTEGER NOT NULL, state TEXT NOT NULL, amount REAL NOT NULL, note TEXT);
    BEGIN`);
  const insertDocument = database.prepare('INSERT INTO documents VALUES (?, ?, ?, ?, ?)');
  for (const { id, title, data, hash, body } of documents(Math.max(1, ROWS.documents * scale), 1))
    insertDocument.run(id, title, data, Buffer.from(hash, 'hex'), body);
  const insertOrder = database.prepare('INSERT INTO orders VALUES (?, ?, ?, ?, ?)');
  const dice = new Dice(2);
  for (let id = 1; id <= ROWS.orders * scale; id += 1)
    insertOrder.run(
      id,
      dice.roll(100_000),
      dice.pick(['new', 'paid', 'sent']),
      dice.roll(100_000) / 100,
      `note ${dice.roll(1e9)}`,
    );
  database.exec('COMMIT; CREATE INDEX orders_customer ON orders (customer); PRAGMA wal_checkpoint(TRUNCATE)');
  database.close();
}

async function benchBackup(bench: Bench, database: string): Promise<void> {
  const jobs: Job[] = [
    {
      id: 'holdfast',
      title: '`holdfast backup` of SQLite',
      isDefault: true,
      begin: async (folder) => ({
        command: holdfast(
          bench.scratch,
          {},
          'backup',
          join(folder, 'a.zip'),
          '--database',
          `sqlite:${database}`,
        ),
      }),
    },
  ];
  if (await havePrograms(bench, '`sqlite3 .backup`', ['sqlite3', 'zstd'])) {
    const peer = (id: string, title: string, line: string): Job => ({
      id,
      title,
      isPeer: true,
      begin: async (folder) => ({ command: shell(line, { DB: database, OUT: join(folder, 'copy.db') }) }),
    });
    const copy = 'sqlite3 "$DB" ".backup \'$OUT\'"';
    jobs.push(
      peer('sqlite3', '`sqlite3 .backup`, `zstd -3`', `${copy}; zstd -q -3 --rm "$OUT"`),
      peer(
        'checked',
        '`sqlite3 .backup`, `integrity_check`, `zstd -3`',
        `${copy}; sqlite3 "$OUT" 'PRAGMA integrity_check' | grep -qx ok; zstd -q -3 --rm "$OUT"`,
      ),
    );
  }
  const results = await takeTurns(bench, jobs);
  bench.report.print(`### Backup

Holdfast checks the copy, and counts the rows of each table.

${table('backup', results, { to: { id: 'holdfast', title: 'Holdfast' } })}`);
}

async function benchRestore(bench: Bench, database: string): Promise<void> {
  const archive = join(bench.scratch, 'app.zip');
  const command = holdfast(bench.scratch, {}, 'backup', archive, '--database', `sqlite:${database}`);
  await measure(command, bench.scratch);
  const jobs: Job[] = [
    {
      id: 'holdfast',
      title: '`holdfast restore` of SQLite',
      isDefault: true,
      begin: async (folder) => ({
        command: holdfast(
          bench.scratch,
          {},
          'restore',
          archive,
          '--database',
          `sqlite:${join(folder, 'app.db')}`,
        ),
      }),
    },
  ];
  if (await havePrograms(bench, 'copying a SQLite file back', ['sqlite3', 'zstd'])) {
    const compressed = join(bench.scratch, 'app.db.zst');
    await measure(shell('zstd -q -3 "$DB" -o "$OUT"', { DB: database, OUT: compressed }), bench.scratch);
    jobs.push({
      id: 'zstd',
      title: '`zstd -d`, `integrity_check`',
      isPeer: true,
      begin: async (folder) => ({
        command: shell(
          `zstd -q -d "$FROM" -o "$OUT"; sqlite3 "$OUT" 'PRAGMA integrity_check' | grep -qx ok`,
          {
            FROM: compressed,
            OUT: join(folder, 'app.db'),
          },
        ),
      }),
    });
  }
  const results = await takeTurns(bench, jobs);
  bench.report.print(
    `### Restore\n\n${table('restore', results, { to: { id: 'holdfast', title: 'Holdfast' } })}`,
  );
}
