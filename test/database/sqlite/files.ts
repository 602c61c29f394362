import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { DatabaseSource } from '../../../src/database/engine.ts';

/** Runs statements on a file. */
export function execute(path: string, sql: string): void {
  const db = new DatabaseSync(path, { enableForeignKeyConstraints: false });
  db.exec(sql);
  db.close();
}

/** The rows of a query, each as a list of values. */
export function query(path: string, sql: string): unknown[][] {
  const db = new DatabaseSync(path);
  try {
    const statement = db.prepare(sql);
    statement.setReturnArrays(true);
    return statement.all() as unknown as unknown[][];
  } finally {
    db.close();
  }
}

/** The file that an archive would hold: all parts of a source, whose facts are complete then. */
export async function fileOf(source: DatabaseSource, partBytes = 1 << 20): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const part of source.parts(source.tables[0]!, partBytes))
    for await (const chunk of part.chunks) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Runs statements in a process that is killed then, with all that lies beside the file as it is at that moment. */
export function executeAndDie(path: string, sql: string): void {
  const script = `
    const { DatabaseSync } = require('node:sqlite');
    new DatabaseSync(${JSON.stringify(path)}).exec(${JSON.stringify(sql)});
    process.kill(process.pid, 'SIGKILL');`;
  const { signal } = spawnSync(process.execPath, ['-e', script], { cwd: join(import.meta.dirname) });
  if (signal !== 'SIGKILL') throw new Error('the writer was not killed');
}
