import { rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { formatBytes } from '../../../core/format.ts';
import { printable } from '../../../core/printable.ts';
import type { DatabaseSource, SourceOptions, SourcePart, SourceTable } from '../../engine.ts';
import { openFile, unchanging, valueOf } from '../file/connection.ts';
import { explain } from '../file/errors.ts';
import { isWalFile } from '../file/header.ts';
import type { SqliteFacts } from '../facts.ts';
import { nameOfDatabase, parseLocation } from '../file/location.ts';
import { FILE_OBJECT, SCHEMA, statementsOf } from '../schema/objects.ts';
import { compareFiles } from './compare.ts';
import { examineCopy } from './examine-copy.ts';
import { narrow } from './narrow.ts';
import { sizeOfDatabase } from './open-database.ts';
import { readParts } from './parts.ts';
import { takeCopy } from './take-copy.ts';
import { makeTemporaryFolder } from './temporary-folder.ts';

/**
 * A copy of a database as it is at one moment, without what is not wanted. It is checked while it is read: the last of its parts
 * is followed by the error when it is not sound.
 */
export async function openSource(options: SourceOptions): Promise<DatabaseSource> {
  const { reporter } = options;
  const path = parseLocation(options.url);
  const bytes = await sizeOfDatabase(path);
  const folder = await makeTemporaryFolder(bytes, reporter);
  try {
    const copy = join(folder, 'copy.sqlite');
    reporter.detail(`Copying ${printable(path)}, ${formatBytes(bytes)}, to ${printable(copy)}`);
    await takeCopy(path, copy, options);
    const { objects, emptied, report } = await narrow(copy, options);
    options.signal.throwIfAborted();
    const facts = await factsOf(copy, path, emptied);
    const closing = new AbortController();
    const signal = AbortSignal.any([options.signal, closing.signal]);
    const examined = examineCopy({ copy, folder: dirname(folder), path, reporter, signal });
    // Nobody needs the rest of a copy that is not sound.
    examined.catch((error: unknown) => closing.abort(error));
    const finishExamination = async (): Promise<void> => {
      reporter.progress(0, 'checking its integrity');
      Object.assign(facts, await examined);
    };
    const table: SourceTable = {
      schema: SCHEMA,
      name: 'database',
      columns: [],
      estimatedBytes: facts.bytes,
      withRows: true,
      object: FILE_OBJECT,
      loadStatement: null,
    };
    return {
      facts,
      preData: statementsOf(objects),
      postData: [],
      tables: [table],
      selection: report,
      // Its parts are put together by their numbers, and those of several slices are numbered as they come.
      slices: async () => [table],
      async *parts(_, partBytes): AsyncGenerator<SourcePart, void, void> {
        yield* readParts({ path: copy, partBytes, signal });
        await finishExamination();
      },
      compareContents: async (archived) => {
        await finishExamination();
        return compareFiles({ archived, copy, folder, reporter, signal });
      },
      close: async () => {
        closing.abort();
        await Promise.allSettled([examined]);
        await rm(folder, { recursive: true, force: true });
      },
    };
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw explain(error, path, dirname(folder));
  }
}

/** What there is to say of a copy before all of it is read. */
async function factsOf(copy: string, path: string, withoutRows: readonly string[]): Promise<SqliteFacts> {
  const [{ size }, isWal] = [await stat(copy), await isWalFile(copy)];
  const db = openFile(unchanging(copy), { readOnly: true });
  try {
    return {
      engine: 'sqlite',
      version: process.versions['sqlite'] ?? '',
      database: nameOfDatabase(path),
      encoding: String(valueOf(db, 'PRAGMA encoding')),
      snapshot: null,
      bytes: size,
      pageSize: Number(valueOf(db, 'PRAGMA page_size')),
      isWal,
      contents: [],
      violations: [],
      withoutRows,
    };
  } finally {
    db.close();
  }
}
