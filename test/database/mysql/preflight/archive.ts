import { Readable } from 'node:stream';
import type {
  DatabaseFacts,
  DatabaseTarget,
  SourceTable,
  Statement,
} from '../../../../src/database/engine.ts';
import { mysql } from '../../../../src/database/mysql/mysql.ts';
import { readParts } from '../../../contract/engine-bench.ts';
import { recordingReporter } from '../../../support/recording-reporter.ts';

/** All of a small database. */
export interface Archive {
  readonly facts: DatabaseFacts;
  readonly preData: readonly Statement[];
  readonly postData: readonly Statement[];
  readonly tables: readonly { readonly table: SourceTable; readonly parts: readonly Buffer[] }[];
}

/** Backs up a database. Nothing of it is open afterwards: a backup may keep a server from changing tables. */
export async function readArchive(url: string): Promise<Archive> {
  const source = await mysql.openSource({
    url,
    env: {},
    reporter: recordingReporter(),
    signal: new AbortController().signal,
    jobs: 1,
    excludeTable: () => false,
    excludeRows: () => false,
  });
  try {
    const tables = [];
    for (const table of source.tables) {
      tables.push({ table, parts: (await readParts(source, table)).map(({ bytes }) => bytes) });
    }
    const { preData, postData } = source;
    return { facts: JSON.parse(JSON.stringify(source.facts)) as DatabaseFacts, preData, postData, tables };
  } finally {
    await source.close();
  }
}

/** Restores it, to the end. */
export async function load(
  { facts, preData, postData, tables }: Archive,
  target: DatabaseTarget,
): Promise<void> {
  await target.begin(facts);
  for (const statement of preData) await target.execute(statement);
  for (const { table, parts } of tables) {
    for (const part of parts) await target.load(table, Readable.from([part]));
  }
  for (const statement of postData) await target.execute(statement);
  await target.commit();
  await target.clean();
}
