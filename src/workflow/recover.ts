import { messageOf, Unfinished } from '../core/errors.ts';
import type { Problem } from '../core/problem.ts';
import { journalsFor, journalsOfUser, warnOf } from './journal/find-journals.ts';
import {
  describeJournal,
  describeRecovery,
  recoverJournal,
  type RecoverOptions,
  type Recovery,
  refuseJournal,
} from './journal/recover-journal.ts';
import { isOn } from './journal/restore-journal.ts';
import type { StoredJournal } from './journal/stored-journal.ts';
import { problemOf } from './preflight/findings.ts';
import type { PreflightRequest } from './preflight/request.ts';
import { type DatabaseRecovery, findUnfinishedLoads, recoverDatabase } from './recover-database.ts';

export interface RecoverRequest extends RecoverOptions {
  /** The storages to look at, besides those that this user restored into on this machine. */
  readonly locations: readonly string[];
  /** Only say what is there. */
  readonly dryRun: boolean;
}

export interface RecoverResult {
  /** What was found, a line each. */
  readonly found: readonly string[];
  readonly recovered: readonly AnyRecovery[];
}

/** What became of a restore that left a journal, or of a load that left something in a database. */
export type AnyRecovery = Recovery | DatabaseRecovery;

/**
 * Finishes or undoes every unfinished restore that can be found.
 * @throws HoldfastError `refused`, `failed`: the first that could not be recovered; the others are all the same
 */
export async function runRecover(request: RecoverRequest): Promise<RecoverResult> {
  const { reporter, locations, dryRun } = request;
  const files = new Map<string, StoredJournal>();
  const errors: unknown[] = [];
  const ofUser = await journalsOfUser(request, (error) => errors.push(error));
  for (const file of [...ofUser, ...(await journalsFor(locations, request))]) files.set(file.address, file);
  const found = [...files.values()].map((file) =>
    dryRun ? `${describeJournal(file)}. ${intentFor(file, request)}` : describeJournal(file),
  );
  const recovered: AnyRecovery[] = [];
  const attempt = async (step: () => Promise<void>): Promise<void> => {
    try {
      await step();
    } catch (error) {
      if (errors.length > 0) reporter.warning(messageOf(error));
      errors.push(error);
    }
  };
  for (const file of files.values()) {
    await attempt(async () => {
      if (dryRun) refuseJournal(file, request.fromHost);
      else recovered.push(await recoverOne(file, request));
    });
  }
  const { databaseUrl, askDatabase } = request;
  // A journal that could not be recovered may still have to ask what became of its load.
  if (databaseUrl !== null && askDatabase && errors.length === 0) {
    await attempt(async () => {
      const loads = await findUnfinishedLoads(databaseUrl, request);
      found.push(...loads.map(({ description }) => description));
      if (!dryRun) recovered.push(...(await recoverDatabase(databaseUrl, request)));
    });
  }
  if (errors.length > 0) throw errors[0];
  return { found, recovered };
}

/** What a recovery would do, for people. */
function intentFor({ journal: { phase, database } }: StoredJournal, { askDatabase }: RecoverRequest): string {
  if (phase === 'committed') return 'Recovery would finish it.';
  if (phase === 'staging' || database === null || !askDatabase) return 'Recovery would undo it.';
  return 'Recovery would ask the database whether it committed, and then finish it, or else undo it.';
}

/** Recovers one, and says what became of it: also to who wants to hear nothing but warnings. */
async function recoverOne(file: StoredJournal, options: RecoverOptions): Promise<Recovery> {
  const { signal, reporter } = options;
  try {
    signal.throwIfAborted();
    const recovery = await recoverJournal(file, options);
    reporter.warning(describeRecovery(recovery));
    return recovery;
  } catch (error) {
    if (!signal.aborted) throw error;
    throw new Unfinished(`Interrupted. There still is ${describeJournal(file)}.`, {
      hint: 'To finish or undo it: holdfast restore --recover',
      cause: error,
    });
  }
}

/** What a restore finds of unfinished ones, and what it did about them. */
export interface RecoveredTargets {
  readonly recovered: readonly AnyRecovery[];
  readonly problems: readonly Problem[];
}

/**
 * What a restore does about unfinished ones before it: those into its own targets are recovered, or, when nothing may be
 * changed, told as problems; others are mentioned.
 * @param database the URL of the database that is to be restored, or null
 */
export async function recoverTargets(
  request: PreflightRequest & { readonly dryRun: boolean },
  database: string | null,
): Promise<RecoveredTargets> {
  const { reporter, env, signal, database: databaseUrl, dryRun } = request;
  const locations = (request.storages ?? []).map(({ location }) => location);
  let files: readonly StoredJournal[];
  try {
    files = await journalsFor(locations, request);
  } catch (error) {
    // What cannot be looked at may hold a journal that has yet to ask what became of a load: that load stays.
    return { recovered: [], problems: [problemOf(error)] };
  }
  const own = new Set(files.map(({ address }) => address));
  const others: StoredJournal[] = [];
  for (const other of await journalsOfUser(request, warnOf(reporter))) {
    if (own.has(other.address) || isOn(other.journal)) continue;
    reporter.warning(`There is ${describeJournal(other)}. To finish or undo it: holdfast restore --recover`);
    others.push(other);
  }
  const recovered: AnyRecovery[] = [];
  const problems: Problem[] = [];
  for (const file of files) {
    if (dryRun) problems.push(problemOfJournal(file));
    else {
      const options = { databaseUrl, askDatabase: true, fromHost: null, env, reporter, signal };
      recovered.push(await recoverOne(file, options));
    }
  }
  if (database === null) return { recovered, problems };
  try {
    const loads = await findUnfinishedLoads(database, request);
    if (dryRun) problems.push(...loads.map(({ description }) => problemOfLoad(description)));
    else if (loads.length > 0) {
      recovered.push(...(await recoverAsking(others, request, database)));
      recovered.push(...(await recoverDatabase(database, request)));
    }
  } catch (error) {
    problems.push(problemOf(error));
  }
  return { recovered, problems };
}

/** Journals of other targets that wait for the outcome of a load: it may be one of those that are about to be removed. */
async function recoverAsking(
  journals: readonly StoredJournal[],
  { reporter, env, signal }: PreflightRequest,
  databaseUrl: string,
): Promise<Recovery[]> {
  const recovered: Recovery[] = [];
  for (const file of journals.filter(({ journal }) => journal.phase === 'swapping' && journal.database)) {
    try {
      const options = { databaseUrl, askDatabase: true, fromHost: null, env, reporter, signal };
      recovered.push(await recoverOne(file, options));
    } catch (error) {
      if (signal.aborted) throw error;
      reporter.warning(messageOf(error));
    }
  }
  return recovered;
}

function problemOfJournal(file: StoredJournal): Problem {
  return {
    message: isOn(file.journal)
      ? `another restore is running: ${describeJournal(file)}`
      : `there is ${describeJournal(file)}`,
    hint: recoverHint,
  };
}

function problemOfLoad(description: string): Problem {
  return { message: `there is ${description}`, hint: recoverHint };
}

const recoverHint =
  'holdfast restore --recover finishes or undoes it; a restore that is no dry run begins with that';
