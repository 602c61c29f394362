import { createHash, randomBytes } from 'node:crypto';
import { quoteName } from '../../columns.ts';
import type { Session } from '../../connection/session.ts';
import { NOTE_TABLES } from './load-note.ts';

/** The databases that a load makes beside its target, and the lock that says that its process lives. */
export interface SideDatabases {
  /** 12 hex digits. */
  readonly token: string;
  /** Where the new is made; it also holds what is known of the load. */
  readonly fresh: string;
  /** Where the old tables go. Made after `fresh`, and removed before it. */
  readonly old: string;
  /** The name of a lock of the server; the connection that swaps has it, from before the databases are there. */
  readonly lock: string;
}

const freshName = /^holdfast_([0-9a-f]{12})_new$/;
const tablesAtATime = 100;

export function newSideDatabases(): SideDatabases {
  return sideDatabases(randomBytes(6).toString('hex'));
}

export function sideDatabases(token: string): SideDatabases {
  const lock = `holdfast_${token}`;
  return { token, lock, fresh: `${lock}_new`, old: `${lock}_old` };
}

/** The lock that every load into a database holds, so that there is one at a time. */
export function targetLock(database: string, foldsNames: boolean): string {
  const name = foldsNames ? database.toLowerCase() : database;
  return `holdfast_into_${createHash('sha256').update(name).digest('hex').slice(0, 32)}`;
}

/** The side databases of all loads into any database, as far as the account may see them. */
export async function findSideDatabases(session: Session): Promise<SideDatabases[]> {
  const rows = await session.query(
    String.raw`SELECT SCHEMA_NAME AS name FROM information_schema.SCHEMATA WHERE SCHEMA_NAME LIKE 'holdfast\_%\_new'`,
  );
  return rows.flatMap((row) => {
    const token = freshName.exec(row['name'] ?? '')?.[1];
    return token === undefined ? [] : [sideDatabases(token)];
  });
}

/** Removes both databases so that what is known of the load goes last, also when it is cut off. Does nothing where there are none. */
export async function dropSideDatabases(session: Session, { fresh, old }: SideDatabases): Promise<void> {
  // What others made to refer to them meanwhile must not keep them.
  await session.run('SET SESSION foreign_key_checks = 0');
  await session.run(`DROP DATABASE IF EXISTS ${quoteName(old)}`);
  // Not every server drops a database all at once.
  const rows = await session.query(
    `SELECT TABLE_NAME AS name FROM information_schema.TABLES
    WHERE TABLE_SCHEMA = '${fresh}' AND TABLE_TYPE NOT LIKE '%VIEW' AND TABLE_NAME NOT IN (${NOTE_TABLES})`,
  );
  const tables = rows.map((row) => `${quoteName(fresh)}.${quoteName(row['name'] ?? '')}`);
  while (tables.length > 0) {
    await session.run(`DROP TABLE IF EXISTS ${tables.splice(0, tablesAtATime).join(', ')}`);
  }
  await session.run(`DROP DATABASE IF EXISTS ${quoteName(fresh)}`);
}

/** Takes a lock of the server for as long as the session lives; false when another session has it. */
export async function takeLock(session: Session, name: string, patienceSeconds: number): Promise<boolean> {
  const [row] = await session.query(`SELECT GET_LOCK('${name}', ${patienceSeconds}) AS taken`);
  return row?.['taken'] === '1';
}

export async function releaseLock(session: Session, name: string): Promise<void> {
  await session.query(`SELECT RELEASE_LOCK('${name}') AS released`);
}

/** The connection that has a lock, or null. */
export async function lockOwner(session: Session, name: string): Promise<string | null> {
  const [row] = await session.query(`SELECT IS_USED_LOCK('${name}') AS owner`);
  return row?.['owner'] ?? null;
}
