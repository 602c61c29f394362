import { expect } from 'vitest';
import type { TargetOptions } from '../../../../src/database/engine.ts';
import { openTarget } from '../../../../src/database/mysql/target/target.ts';
import type { MysqlServer } from '../../../servers/mysql.ts';
import { targetOptions } from '../../../support/engine-options.ts';
import { recordingReporter } from '../../../support/recording-reporter.ts';
import { type Archive, load } from '../preflight/archive.ts';

/** Restores over a database, with nothing in the way at first. Returns what it warns of. */
export async function restoreOver(
  url: string,
  archive: Archive,
  options: Partial<TargetOptions> = {},
  patience = { lock: 30, rival: 0 },
): Promise<string[]> {
  const reporter = recordingReporter();
  const target = await openTarget(targetOptions(url, { reporter, replace: true, ...options }), patience);
  try {
    expect(await target.preflight(archive.facts)).toEqual([]);
    await load(archive, target);
  } finally {
    await target.close();
  }
  return reporter.warnings;
}

/** The databases that restores have made beside their targets. */
export async function sideDatabasesOf(server: MysqlServer): Promise<string[]> {
  const rows = await server.query<object>('mysql', "SHOW DATABASES LIKE 'holdfast%'");
  return rows.map((row) => String(Object.values(row)[0]));
}
