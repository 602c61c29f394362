import { Readable } from 'node:stream';
import type { DatabaseSource, DatabaseTarget, TargetOptions } from '../../../src/database/engine.ts';
import { postgres } from '../../../src/database/postgres/postgres.ts';
import { sourceOptions, targetOptions } from '../../support/engine-options.ts';

/** Opens a database for a restore that replaces what it holds. */
export function openReplacing(url: string, options: Partial<TargetOptions> = {}): Promise<DatabaseTarget> {
  return postgres.openTarget(targetOptions(url, { replace: true, ...options }));
}

export function openSource(url: string): Promise<DatabaseSource> {
  return postgres.openSource(sourceOptions(url));
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
