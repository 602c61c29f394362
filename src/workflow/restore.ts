import type { ArchiveReader } from '../archive/archive.ts';
import { messageOf } from '../core/errors.ts';
import type { Reporter } from '../core/reporter.ts';
import type { DatabaseTarget } from '../database/engine.ts';
import type { StorageTarget } from '../storage/storage.ts';
import { checkArchive } from './check-archive.ts';
import { openArchiveAt, type ArchiveRequest } from './open-archive.ts';
import { preflight, type PreflightRequest } from './preflight.ts';
import { loadDatabase } from './restore-database.ts';
import { stageFiles } from './restore-files.ts';
import type { RestorePlan } from './restore-plan.ts';

export interface RestoreRequest extends ArchiveRequest, PreflightRequest {
  /** Stop after preflight. */
  readonly dryRun: boolean;
  /** Asked once preflight found nothing in the way; false stops before anything is touched. */
  readonly confirm: (plan: readonly string[]) => Promise<boolean>;
}

export interface RestoreResult {
  readonly archive: string;
  /** True when the restore was made, false when it was only planned. */
  readonly done: boolean;
  /** What is, or would be, made: a line each. */
  readonly plan: readonly string[];
  readonly tables: number;
  readonly rows: number;
  readonly files: number;
  readonly fileBytes: number;
  readonly milliseconds: number;
}

/**
 * Restores an archive: preflight, check of the whole archive, staging of the files, load of the database without
 * commit, swap of the files, commit. A failure at any step leaves the target as it was.
 * @throws HoldfastError `refused` when preflight finds something in the way
 */
export async function runRestore(request: RestoreRequest): Promise<RestoreResult> {
  const started = Date.now();
  const resources = new AsyncDisposableStack();
  try {
    const { archive } = await openArchiveAt(request, resources);
    const plan = await preflight(archive, request, resources);
    const goOn = !request.dryRun && (await request.confirm(plan.lines));
    const restored = goOn ? await restorePlan(archive, plan, request) : { rows: 0, files: 0, fileBytes: 0 };
    return {
      archive: archive.name,
      done: goOn,
      plan: plan.lines,
      tables: goOn ? (plan.database?.manifest.tables.length ?? 0) : 0,
      ...restored,
      milliseconds: Date.now() - started,
    };
  } finally {
    await resources.disposeAsync();
  }
}

async function restorePlan(
  archive: ArchiveReader,
  plan: RestorePlan,
  request: RestoreRequest,
): Promise<{ rows: number; files: number; fileBytes: number }> {
  const { reporter, signal } = request;
  await checkArchive(archive, reporter, signal);
  const targets = plan.storages.map(({ target }) => target);
  try {
    let files = 0;
    let fileBytes = 0;
    for (const storage of plan.storages) {
      const staged = await stageFiles(archive, storage, request.files, reporter, signal);
      files += staged.files;
      fileBytes += staged.bytes;
    }
    const { database } = plan;
    const rows = database === null ? 0 : await loadDatabase(archive, database, reporter, signal);
    signal.throwIfAborted();
    await swapAndCommit(targets, database?.target ?? null, reporter);
    return { rows, files, fileBytes };
  } catch (error) {
    const { database } = plan;
    const discards = targets.map((target) => () => target.discard());
    await takeBack(database === null ? discards : [() => database.target.rollback(), ...discards], reporter);
    throw error;
  }
}

/** From here on nothing is interrupted: either all targets have the new state at the end, or all the old one. */
async function swapAndCommit(
  targets: readonly StorageTarget[],
  database: DatabaseTarget | null,
  reporter: Reporter,
): Promise<void> {
  reporter.phase('swap', 'Putting files and database in place');
  const swapped: StorageTarget[] = [];
  try {
    for (const target of targets) {
      await target.swap();
      swapped.push(target);
    }
    await database?.commit();
  } catch (error) {
    const undos = swapped.toReversed().map((target) => () => target.undo());
    await takeBack(undos, reporter);
    throw error;
  }
  for (const target of targets) {
    try {
      await target.drop();
    } catch (error) {
      // The restore is done and cannot be undone: what is left over is a nuisance, not a failure.
      reporter.warning(`What ${target.name} held before is not removed: ${messageOf(error)}`);
    }
  }
}

/** Takes back what was done, every step of it, also when one fails: the error that led here is the one to throw. */
async function takeBack(steps: readonly (() => Promise<void>)[], reporter: Reporter): Promise<void> {
  for (const step of steps) {
    try {
      await step();
    } catch (error) {
      reporter.warning(`Not everything could be put back as it was: ${messageOf(error)}`);
    }
  }
}
