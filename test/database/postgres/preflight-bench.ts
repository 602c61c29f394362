import { Readable } from 'node:stream';
import type { DatabaseFacts, DatabaseSource, TargetOptions } from '../../../src/database/engine.ts';
import { openSource } from '../../../src/database/postgres/source/source.ts';
import { openTarget } from '../../../src/database/postgres/target/target.ts';
import { sourceOptions, targetOptions } from '../../support/engine-options.ts';
import { recordingReporter } from '../../support/recording-reporter.ts';

export type LoadOptions = Partial<
  Pick<TargetOptions, 'noOwner' | 'noPrivileges' | 'definer' | 'jobs' | 'replace'>
>;

/** What a preflight found, in text. */
export interface Found {
  readonly messages: string[];
  readonly hints: string[];
  readonly warnings: string[];
  readonly details: string[];
}

const partBytes = 1 << 20;

/** Opens a database for a backup, as long as `use` lasts. */
export async function withSource<T>(url: string, use: (source: DatabaseSource) => Promise<T>): Promise<T> {
  const source = await openSource(sourceOptions(url));
  try {
    return await use(source);
  } finally {
    await source.close();
  }
}

/** The facts of a source as they come out of a manifest. */
export function archivedFacts({ facts }: DatabaseSource): DatabaseFacts {
  return JSON.parse(JSON.stringify(facts)) as DatabaseFacts;
}

/** Those of a database that is opened for no more than that. */
export function factsOf(url: string): Promise<DatabaseFacts> {
  return withSource(url, async (source) => archivedFacts(source));
}

export async function preflight(
  url: string,
  facts: DatabaseFacts,
  options: LoadOptions = {},
): Promise<Found> {
  const reporter = recordingReporter();
  const target = await openTarget(targetOptions(url, { ...options, reporter }));
  try {
    const problems = await target.preflight(facts);
    const { warnings, details } = reporter;
    return {
      messages: problems.map(({ message }) => message),
      hints: problems.map(({ hint }) => hint),
      warnings,
      details,
    };
  } finally {
    await target.close();
  }
}

/** Loads all of a source into the database at `url`, and commits. */
export async function restore(url: string, source: DatabaseSource, options: LoadOptions = {}): Promise<void> {
  const target = await openTarget(targetOptions(url, options));
  try {
    await target.begin(source.facts);
    for (const statement of source.preData) await target.execute(statement);
    for (const table of source.tables) {
      for await (const { chunks } of source.parts(table, partBytes)) {
        await target.load(table, Readable.from(chunks));
      }
    }
    for (const statement of source.postData) await target.execute(statement);
    await target.commit();
    await target.clean();
  } finally {
    await target.close();
  }
}

/** The SQL commands that a hint tells to run. */
export function commandsOf(hint: string): string[] {
  return [...hint.matchAll(/\b(?:CREATE|GRANT|ALTER|DROP)\b[^;]*;/g)].map(([command]) => command);
}
