import { DatabaseSync, type DatabaseSyncOptions } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { explain, isBusy } from './errors.ts';

const LOOK_AGAIN_MILLISECONDS = 20;

/**
 * A connection to a file, on which triggers, foreign keys and definitions of the file do nothing by themselves. It never
 * waits for locks: that would stop the whole process.
 */
export function openFile(path: string, { readOnly }: { readonly readOnly: boolean }): DatabaseSync {
  return new DatabaseSync(path, openOptions(readOnly));
}

/** How every connection is opened. */
export function openOptions(readOnly: boolean): DatabaseSyncOptions {
  return {
    readOnly,
    enableForeignKeyConstraints: false,
    // What old applications wrote: names of columns in double quotes that are texts.
    enableDoubleQuotedStringLiterals: true,
    timeout: 0,
  };
}

/**
 * What to open in place of the path of a file that nobody changes: SQLite takes no locks then, and neither looks for a journal
 * nor makes a log, whatever the file's header asks for.
 */
export function unchanging(path: string): string {
  return withParameter(path, 'immutable', '1');
}

/** A path as SQLite opens it with a parameter. Source: https://sqlite.org/uri.html */
export function withParameter(path: string, name: string, value: string): string {
  const url = pathToFileURL(path);
  url.searchParams.set(name, value);
  return url.href;
}

/** Does something on a file as soon as nobody else is in the way. @throws HoldfastError `failed` when that takes too long */
export async function whenFree<Result>(
  work: () => Result,
  options: { readonly path: string; readonly milliseconds: number; readonly signal: AbortSignal },
): Promise<Result> {
  const end = Date.now() + options.milliseconds;
  for (;;) {
    options.signal.throwIfAborted();
    try {
      return work();
    } catch (error) {
      if (!isBusy(error) || Date.now() >= end) throw explain(error, options.path);
    }
    await sleep(LOOK_AGAIN_MILLISECONDS);
  }
}

/** All rows of a query, each an object. */
export function rowsOf<Row>(db: DatabaseSync, sql: string, ...values: (string | number)[]): Row[] {
  return db.prepare(sql).all(...values) as Row[];
}

/** The one value of a pragma or another query. */
export function valueOf(db: DatabaseSync, sql: string): unknown {
  const statement = db.prepare(sql);
  statement.setReturnArrays(true);
  return (statement.get() as unknown as unknown[] | undefined)?.[0];
}

/** A name in a statement. */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A text in a statement. */
export function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
