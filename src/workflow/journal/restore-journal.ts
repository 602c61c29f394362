import { HoldfastError, messageOf } from '../../core/errors.ts';
import { isForeign, isRunning, thisProcess } from '../../core/process-identity.ts';
import { printable } from '../../core/printable.ts';
import type { Reporter } from '../../core/reporter.ts';
import { VERSION } from '../../core/version.ts';
import type { PlannedStorage, RestorePlan } from '../restore-plan.ts';
import { journalsFor } from './find-journals.ts';
import { type JournalFile, journalPath, removeJournal, writeJournal } from './journal-file.ts';
import type { Journal, JournalDatabase, JournalStorage } from './journal.ts';
import { addPointer, type Environment, removePointer } from './pointers.ts';

export interface RestoreJournalOptions {
  /** The archive, for people. */
  readonly archive: string;
  readonly plan: RestorePlan;
  readonly env: Environment;
  readonly reporter: Reporter;
}

/** The journal of the restore that this process makes. */
export class RestoreJournal {
  readonly #options: RestoreJournalOptions;
  #file: JournalFile;

  private constructor(options: RestoreJournalOptions, file: JournalFile) {
    this.#options = options;
    this.#file = file;
  }

  /**
   * Begins a journal before anything else is made; null where none is needed: a database alone is all or nothing by itself.
   * @throws HoldfastError `refused` when another restore into the same place has begun meanwhile
   */
  static async begin(options: RestoreJournalOptions): Promise<RestoreJournal | null> {
    const { plan, archive, env, reporter } = options;
    const directory = plan.storages
      .map(({ target }) => target.journalDirectory)
      .find((path) => path !== null);
    if (directory === undefined) return null;
    const { token } = plan;
    const path = journalPath(directory, token);
    const storages = await recordsOf(plan.storages);
    try {
      await addPointer(env, token, path);
    } catch (error) {
      reporter.detail(`No pointer to the journal ${printable(path)} can be kept: ${messageOf(error)}`);
    }
    const file = await writeJournal(path, {
      token,
      tool: VERSION,
      process: thisProcess(),
      archive,
      started: new Date().toISOString(),
      phase: 'staging',
      storages,
      database: null,
    });
    const journal = new RestoreJournal(options, file);
    await journal.#refuseRival();
    return journal;
  }

  /** Everything new is there; from now on targets change. */
  async swapping(database: JournalDatabase | null): Promise<void> {
    const storages = await recordsOf(this.#options.plan.storages);
    await this.#write({ phase: 'swapping', storages, database });
  }

  /** The new state is the valid one. */
  async committed(): Promise<void> {
    await this.#write({ phase: 'committed' });
  }

  /** Nothing is left to finish or undo. */
  async end(): Promise<void> {
    const { env, reporter } = this.#options;
    try {
      await removeJournal(this.#file.path);
    } catch (error) {
      reporter.warning(`The journal ${printable(this.#file.path)} is not removed: ${messageOf(error)}`);
    }
    await removePointer(env, this.#file.journal.token).catch(() => {});
  }

  async #write(change: Partial<Journal>): Promise<void> {
    const { path, journal } = this.#file;
    this.#file = await writeJournal(path, { ...journal, ...change });
  }

  /** Of two that began at the same time, both have written their journal before they look: at least one sees the other. */
  async #refuseRival(): Promise<void> {
    const { plan, env, reporter } = this.#options;
    const found = await journalsFor(
      plan.storages.map(({ location }) => location),
      reporter,
      env,
    );
    const rival = found.find(({ journal }) => journal.token !== plan.token);
    if (rival === undefined) return;
    await this.end();
    throw stillOn(rival);
  }
}

/** What is said when the restore that a journal tells of may still be on. */
export function stillOn({ path, journal }: JournalFile): HoldfastError {
  const { host, pid } = journal.process;
  const where = isForeign(journal.process) ? `on host ${printable(host)}` : 'here';
  return new HoldfastError(
    'refused',
    `Another restore into the same place is running ${where} (process ${pid}, of ${printable(journal.archive)}, since ${journal.started}).`,
    { hint: `Wait until it has ended. Its journal is ${printable(path)}.` },
  );
}

/** True while the process that a journal belongs to runs on this machine. */
export function isOn({ process }: Journal): boolean {
  return !isForeign(process) && isRunning(process);
}

async function recordsOf(storages: readonly PlannedStorage[]): Promise<JournalStorage[]> {
  return Promise.all(
    storages.map(async ({ kind, target }) => ({ kind, name: target.name, record: await target.record() })),
  );
}
