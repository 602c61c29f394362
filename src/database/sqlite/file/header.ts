import { closeSync, openSync, readSync } from 'node:fs';
import { open } from 'node:fs/promises';

/** Where a file's header has its write and its read version. Source: https://sqlite.org/fileformat2.html#the_database_header */
const VERSIONS_AT = 18;
const WITH_JOURNAL = 1;
const WITH_LOG = 2;

/** What every database begins with. */
const MAGIC = Buffer.from('SQLite format 3\0');

/** Whether a file was a database once, however damaged it is. Not for files that this process has open: their locks would go. */
export function isDatabaseFile(path: string): boolean {
  const file = openSync(path, 'r');
  try {
    const start = Buffer.alloc(MAGIC.length);
    readSync(file, start, 0, MAGIC.length, 0);
    return start.equals(MAGIC);
  } finally {
    closeSync(file);
  }
}

/** Whether a file's header asks for a write-ahead log. */
export async function isWalFile(path: string): Promise<boolean> {
  await using file = await open(path, 'r');
  const { buffer, bytesRead } = await file.read(Buffer.alloc(2), 0, 2, VERSIONS_AT);
  return bytesRead === 2 && buffer[1] === WITH_LOG;
}

/**
 * Says in a file's header whether it is used with a write-ahead log. A file that nobody else knows is worked on without one,
 * so that nothing lies beside it.
 */
export async function setWal(path: string, isWal: boolean): Promise<void> {
  await using file = await open(path, 'r+');
  const version = isWal ? WITH_LOG : WITH_JOURNAL;
  await file.write(Buffer.from([version, version]), 0, 2, VERSIONS_AT);
}
