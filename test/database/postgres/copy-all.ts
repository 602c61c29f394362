import { Readable } from 'node:stream';
import type { DatabaseSource, DatabaseTarget, TargetOptions } from '../../../src/database/engine.ts';
import { postgres } from '../../../src/database/postgres/postgres.ts';
import { recordingReporter } from '../../support/recording-reporter.ts';

/** Opens a database for a restore that replaces what it holds. */
export function openReplacing(url: string, options: Partial<TargetOptions> = {}): Promise<DatabaseTarget> {
  return postgres.openTarget({
    url,
    env: {},
    reporter: recordingReporter(),
    signal: new AbortController().signal,
    noOwner: false,
    noPrivileges: false,
    definer: null,
    jobs: 2,
    replace: true,
    ...options,
  });
}

export function openSource(url: string): Promise<DatabaseSource> {
  return postgres.openSource({
    url,
    env: {},
    reporter: recordingReporter(),
    signal: new AbortController().signal,
    jobs: 1,
    excludeTable: () => false,
    excludeRows: () => false,
  });
}

/** Loads all that one database holds into another, without the commit. */
export async function copyAll(
  source: DatabaseSource,
  target: Pick<DatabaseTarget, 'begin' | 'execute' | 'load'>,
): Promise<void> {
  await target.begin(source.facts);
  for (const statement of source.preData) await target.execute(statement);
  for (const table of source.tables) {
    for await (const part of source.parts(table, 1_000_000)) {
      await target.load(table, Readable.from(part.chunks));
    }
  }
  for (const statement of source.postData) await target.execute(statement);
}
