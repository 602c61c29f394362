import type { ArchiveReader } from '../archive/archive.ts';
import type { ManifestSelection } from '../archive/manifest.ts';
import { totalsOf } from '../archive/totals.ts';
import { clauseOf, HoldfastError, messageOf, Unfinished } from '../core/errors.ts';
import { OutcomeUnknown } from '../database/engine.ts';
import { checkArchive } from './check-archive.ts';
import { RestoreJournal } from './journal/restore-journal.ts';
import { openArchiveAt, type ArchiveRequest } from './open-archive.ts';
import { preflight } from './preflight/preflight.ts';
import type { PreflightRequest } from './preflight/request.ts';
import { type AnyRecovery, recoverTargets } from './recover.ts';
import { loadDatabase } from './restore-database.ts';
import { stageFiles } from './restore-files.ts';
import { describeChanges, type PlannedChange, type RestorePlan } from './restore-plan.ts';
import { restoredEntries } from './restored-entries.ts';
import { shownPatterns, warnOfLeftOut } from './selection-report.ts';

export interface RestoreRequest extends ArchiveRequest, PreflightRequest {
  /** Where the archive lies: a path, or `-`. */
  readonly archive: string;
  /** Stop after preflight. */
  readonly dryRun: boolean;
  /**
   * Asked once preflight found nothing in the way; false stops before anything is touched.
   * @param plan as lines
   * @param removes whether anything that is there is removed
   */
  readonly confirm: (plan: readonly string[], removes: boolean) => Promise<boolean>;
}

export interface RestoreResult {
  readonly archive: string;
  /** True when the restore was made, false when it was only planned. */
  readonly done: boolean;
  /** What is, or would be, made and removed, a line each. */
  readonly plan: readonly string[];
  /** The same as data. */
  readonly changes: readonly PlannedChange[];
  /** Unfinished restores into the same targets that were finished or undone first. */
  readonly recovered: readonly AnyRecovery[];
  /** What `--table` asked for and what came of it; null without it. */
  readonly selection: ManifestSelection | null;
  readonly tables: number;
  readonly rows: number;
  readonly files: number;
  readonly fileBytes: number;
  readonly milliseconds: number;
}

/** How much a restore brought. */
interface Restored {
  readonly rows: number;
  readonly files: number;
  readonly fileBytes: number;
}

/**
 * Restores an archive: preflight, check of all that is to be restored, staging of the files, load of the database without
 * commit, swap of the files, commit, removal of the old. A failure at any step leaves the targets as they were; a crash
 * at any step leaves a journal, from which the next restore finishes or undoes it.
 * @throws HoldfastError `refused` when preflight finds something in the way
 */
export async function runRestore(request: RestoreRequest): Promise<RestoreResult> {
  const started = Date.now();
  const resources = new AsyncDisposableStack();
  try {
    const { archive } = await openArchiveAt(request, resources);
    const holdsDatabase = archive.manifest.database !== null && !request.skipDatabase;
    const { recovered, problems } = await recoverTargets(request, holdsDatabase ? request.database : null);
    const plan = await preflight(archive, request, problems, resources);
    const lines = [
      `Restore ${archive.name}, made ${archive.manifest.started}:`,
      ...describeChanges(plan.changes),
    ];
    const { database } = archive.manifest;
    if (plan.database !== null && database?.selection) {
      const patterns = shownPatterns(database.selection.patterns);
      request.reporter.warning(`The archive does not hold the whole database, but a selection: ${patterns}`);
    }
    if (plan.database?.selection.report) warnOfLeftOut(plan.database.selection.report, request.reporter);
    const removes = plan.changes.some((change) => change.removes !== null);
    const goOn = !request.dryRun && (await request.confirm(lines, removes));
    const restored = goOn ? await restorePlan(archive, plan, request) : { rows: 0, files: 0, fileBytes: 0 };
    return {
      archive: archive.name,
      done: goOn,
      plan: lines,
      changes: plan.changes,
      recovered,
      selection: plan.database?.selection.report ?? null,
      tables: goOn ? totalsOf({ database: wholeOf(plan), storages: [] }).tables : 0,
      ...restored,
      milliseconds: Date.now() - started,
    };
  } finally {
    await resources.disposeAsync();
  }
}

/** What is restored of the archive's database, as a manifest tells of it. */
function wholeOf({ database }: RestorePlan): Parameters<typeof totalsOf>[0]['database'] {
  return database && { tables: database.selection.tables, facts: database.facts };
}

async function restorePlan(
  archive: ArchiveReader,
  plan: RestorePlan,
  request: RestoreRequest,
): Promise<Restored> {
  const { reporter, signal, env } = request;
  const wanted = restoredEntries(archive, plan, request.files);
  // The load unpacks all rows, and holds them against the manifest before it commits.
  await checkArchive(archive, reporter, signal, wanted, { unpackRows: false });
  const journal = await RestoreJournal.begin({ archive: archive.name, plan, env, reporter, signal });
  let restored: Restored;
  let isNoted: boolean;
  try {
    restored = await makeNew(archive, plan, request);
    signal.throwIfAborted();
    isNoted = await putInPlace(plan, journal, request);
  } catch (error) {
    // Nobody knows which state is the valid one: it is settled when the database can be asked again.
    if (error instanceof OutcomeUnknown && journal !== null) throw error;
    if (!(await takeBack(plan, request))) throw notTakenBack(error);
    await journal?.end();
    throw error;
  }
  const { isWhole, unfinished } = await removeOld(plan, request);
  if (isWhole) await journal?.end();
  // A journal that does not know the outcome may still have to ask the database for it.
  if (isWhole || isNoted) await cleanDatabase(plan, request);
  if (unfinished !== null) throw unfinished;
  return restored;
}

/** Makes everything new beside the targets, which are not touched. */
async function makeNew(
  archive: ArchiveReader,
  plan: RestorePlan,
  request: RestoreRequest,
): Promise<Restored> {
  const { reporter, signal } = request;
  let files = 0;
  let fileBytes = 0;
  for (const storage of plan.storages) {
    const staged = await stageFiles(archive, storage, request.files, reporter, signal);
    files += staged.files;
    fileBytes += staged.bytes;
  }
  const rows = plan.database === null ? 0 : await loadDatabase(archive, plan.database, reporter, signal);
  return { rows, files, fileBytes };
}

/**
 * From here on nothing is interrupted: either all targets have the new state at the end, or all the old one. Returns whether the
 * outcome is known without asking the database.
 */
async function putInPlace(
  { storages, database }: RestorePlan,
  journal: RestoreJournal | null,
  { reporter }: RestoreRequest,
): Promise<boolean> {
  reporter.phase('swap', 'Putting files and database in place');
  await journal?.swapping(
    database === null
      ? null
      : { engine: database.engine, name: database.target.facts.database, record: database.target.record() },
  );
  for (const { target } of storages) await target.swap();
  reporter.phase('commit', 'Committing');
  if (database === null) {
    // Where no database decides, this does.
    await journal?.committed();
    return true;
  }
  await database.target.commit();
  try {
    await journal?.committed();
    return true;
  } catch (error) {
    // The database knows as well.
    reporter.detail(messageOf(error));
    return false;
  }
}

/**
 * Removes what the swap put aside. The restore is done and cannot be undone: what is left over is a nuisance, and a failure only
 * where it lies among what is restored.
 */
async function removeOld(
  { storages }: RestorePlan,
  { reporter }: RestoreRequest,
): Promise<{ readonly isWhole: boolean; readonly unfinished: Unfinished | null }> {
  reporter.phase('remove', 'Cleaning up');
  let isWhole = true;
  let unfinished: Unfinished | null = null;
  for (const { target } of storages) {
    try {
      await target.drop();
    } catch (error) {
      isWhole = false;
      if (error instanceof Unfinished && unfinished === null) {
        unfinished = error;
        continue;
      }
      reporter.warning(
        `What ${target.name} held before is not removed: ${clauseOf(error)}. ` +
          'When that is mended: holdfast restore --recover',
      );
    }
  }
  return { isWhole, unfinished };
}

/** Removes what the load has put aside, as `removeOld`. */
async function cleanDatabase({ database }: RestorePlan, { reporter }: RestoreRequest): Promise<void> {
  try {
    await database?.target.clean();
  } catch (error) {
    reporter.warning(
      `What the database held before is not removed: ${clauseOf(error)}. ` +
        'When that is mended: holdfast restore --recover --database URL',
    );
  }
}

/** Takes back what was done, every step of it, also when one fails: the error that led here is the one to throw. */
async function takeBack({ storages, database }: RestorePlan, { reporter }: RestoreRequest): Promise<boolean> {
  const targets = storages.map(({ target }) => target);
  const steps = [
    () => database?.target.rollback(),
    ...targets.toReversed().map((target) => () => target.undo()),
    ...targets.map((target) => () => target.discard()),
  ];
  let isWhole = true;
  for (const step of steps) {
    try {
      await step();
    } catch (error) {
      isWhole = false;
      reporter.warning(`Not everything could be put back as it was: ${messageOf(error)}`);
    }
  }
  return isWhole;
}

function notTakenBack(error: unknown): unknown {
  // A bug is shown with its own stack.
  if (!(error instanceof HoldfastError)) return error;
  return new Unfinished(`${error.message}\nNot everything could be put back as it was: see above.`, {
    hint: 'When that is mended, this puts the rest back: holdfast restore --recover',
    cause: error,
  });
}
