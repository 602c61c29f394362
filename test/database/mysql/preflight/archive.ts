import { Readable } from 'node:stream';
import type { Problem } from '../../../../src/core/problem.ts';
import type {
  DatabaseFacts,
  DatabaseTarget,
  SourceTable,
  Statement,
  TargetOptions,
} from '../../../../src/database/engine.ts';
import { mysql } from '../../../../src/database/mysql/mysql.ts';
import { readParts } from '../../../contract/engine-bench.ts';
import { sourceOptions, targetOptions } from '../../../support/engine-options.ts';
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
  const source = await mysql.openSource(sourceOptions(url));
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

/** Opens a database for a restore that makes the account the owner of all. */
export async function openForRestore(url: string, options: Partial<TargetOptions>) {
  const reporter = recordingReporter();
  const target = await mysql.openTarget(targetOptions(url, { reporter, jobs: 1, noOwner: true, ...options }));
  return { target, reporter };
}

interface Outcome {
  readonly problems: readonly Problem[];
  /** The message of the failure of the restore. */
  readonly failure: string | null;
  readonly warnings: readonly string[];
}

/** What preflight says, and what then becomes of the restore. */
export async function tryRestore(
  archive: Archive,
  url: string,
  options: Partial<TargetOptions>,
): Promise<Outcome> {
  const { target, reporter } = await openForRestore(url, options);
  try {
    const problems = await target.preflight(archive.facts);
    const failure = await load(archive, target).then(
      () => null,
      (error: Error) => error.message,
    );
    return { problems, failure, warnings: reporter.warnings };
  } finally {
    await target.close().catch(() => undefined);
  }
}
