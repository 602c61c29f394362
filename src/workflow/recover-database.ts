import type { Reporter } from '../core/reporter.ts';
import { engineForUrl } from '../database/registry.ts';
import type { RecoveredLoad } from '../database/engine.ts';

/** What became of a load that left something behind in or beside a database. */
export interface DatabaseRecovery {
  /** What was found, for people. */
  readonly description: string;
  /** `finished`: the database holds what the archive held; `undone`: what it held before. */
  readonly outcome: 'finished' | 'undone';
}

interface DatabaseRequest {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly reporter: Reporter;
  readonly signal: AbortSignal;
}

/** The loads into a database that are unfinished, without a change. */
export async function findUnfinishedLoads(
  url: string,
  { env, reporter, signal }: DatabaseRequest,
): Promise<readonly RecoveredLoad[]> {
  const engine = await engineForUrl(url);
  return engine.recover({ url, env, reporter, signal, dryRun: true });
}

/** Finishes or undoes the loads into a database that are unfinished, and says so. Journals that ask for their outcome must be recovered before. */
export async function recoverDatabase(
  url: string,
  { env, reporter, signal }: DatabaseRequest,
): Promise<DatabaseRecovery[]> {
  const engine = await engineForUrl(url);
  const loads = await engine.recover({ url, env, reporter, signal, dryRun: false });
  return loads.map(({ description, outcome }) => {
    const isFinished = outcome === 'committed';
    reporter.warning(
      isFinished
        ? `Finished ${description}: it holds what the archive had.`
        : `Undid ${description}: it is as it was before.`,
    );
    return { description, outcome: isFinished ? 'finished' : 'undone' };
  });
}
