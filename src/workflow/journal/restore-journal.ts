import { setTimeout } from 'node:timers/promises';
import { HoldfastError, messageOf } from '../../core/errors.ts';
import { isForeign, isRunning, thisProcess } from '../../core/process-identity.ts';
import { UncertainWrite } from '../../core/journal-store.ts';
import { printable } from '../../core/printable.ts';
import type { Reporter } from '../../core/reporter.ts';
import { VERSION } from '../../core/version.ts';
import { OutcomeUnknown } from '../../database/engine.ts';
import type { PlannedStorage, RestorePlan } from '../restore-plan.ts';
import { journalsFor } from './find-journals.ts';
import type { Journal, JournalDatabase, JournalStorage } from './journal.ts';
import { addPointer, type Environment, removePointer } from './pointers.ts';
import { type StoredJournal, writeJournal } from './stored-journal.ts';

export interface RestoreJournalOptions {
  /** The archive, for people. */
  readonly archive: string;
  readonly plan: RestorePlan;
  readonly env: Environment;
  readonly reporter: Reporter;
  readonly signal: AbortSignal;
}

/** How often, and for how long in between, one that may go on looks whether the other has given up. */
const LOOKS = 10;
const LOOK_MILLISECONDS = 200;

/** The journal of the restore that this process makes. */
export class RestoreJournal {
  readonly #options: RestoreJournalOptions;
  #file: StoredJournal;

  private constructor(options: RestoreJournalOptions, file: StoredJournal) {
    this.#options = options;
    this.#file = file;
  }

  /**
   * Begins a journal before anything else is made; null where none is needed: a database alone is all or nothing by itself.
   * @throws HoldfastError `refused` when another restore into the same place has begun meanwhile
   */
  static async begin(options: RestoreJournalOptions): Promise<RestoreJournal | null> {
    const { plan, archive, env, reporter } = options;
    const stores = plan.storages.map(({ target }) => target.journalStore);
    // A host may be gone when the next restore comes, and its disk with it: where another store is to be had, that one is taken.
    const store = stores.find(({ isShared }) => isShared) ?? stores[0];
    if (store === undefined) return null;
    const { token } = plan;
    const storages = await recordsOf(plan.storages);
    const point = async (): Promise<void> => {
      try {
        await addPointer(env, token, store);
      } catch (error) {
        const address = printable(store.addressOf(token));
        reporter.detail(`No pointer to the journal ${address} can be kept: ${messageOf(error)}`);
      }
    };
    await point();
    const file = await writeJournal(store, {
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
    try {
      await journal.#refuseRival();
      // Who came upon the pointer before the journal was there has removed it.
      await point();
    } catch (error) {
      await journal.end();
      throw error;
    }
    return journal;
  }

  /** Everything new is there; from now on targets change. */
  async swapping(database: JournalDatabase | null): Promise<void> {
    const storages = await recordsOf(this.#options.plan.storages);
    await this.#write({ phase: 'swapping', storages, database });
  }

  /**
   * The new state is the valid one.
   * @throws OutcomeUnknown when a recovery may come to read so or not: whatever is undone then, it might finish; any other error:
   *   the old state is the valid one
   */
  async committed(): Promise<void> {
    try {
      await this.#write({ phase: 'committed' });
    } catch (error) {
      if (!(error instanceof UncertainWrite)) throw error;
      throw new OutcomeUnknown(
        `Everything is in place, and whether that is written down is not known. ${error.message}`,
        {
          hint: 'What was there before is kept aside. When that is mended, this finishes or undoes it: holdfast restore --recover',
          cause: error,
        },
      );
    }
  }

  /** Nothing is left to finish or undo. */
  async end(): Promise<void> {
    const { env, reporter } = this.#options;
    const { store, address, journal } = this.#file;
    try {
      await store.remove(journal.token);
    } catch (error) {
      reporter.warning(`The journal ${printable(address)} is not removed: ${messageOf(error)}`);
      return;
    }
    await removePointer(env, journal.token).catch(() => {});
  }

  async #write(change: Partial<Journal>): Promise<void> {
    const { store, journal } = this.#file;
    this.#file = await writeJournal(store, { ...journal, ...change });
  }

  /**
   * Of two that began at the same time, both have written their journal before they look: at least one sees the other. Where
   * both do, the one with the higher token gives up, and the other one goes on once it has.
   */
  async #refuseRival(): Promise<void> {
    const { token } = this.#options.plan;
    for (let look = 1; ; look += 1) {
      const rivals = await this.#rivals();
      const [rival] = rivals;
      if (rival === undefined) return;
      if (look === LOOKS || rivals.some(({ journal }) => journal.token < token)) throw stillOn(rival);
      await setTimeout(LOOK_MILLISECONDS);
      this.#options.signal.throwIfAborted();
    }
  }

  async #rivals(): Promise<StoredJournal[]> {
    const { plan, ...options } = this.#options;
    const locations = plan.storages.map(({ location }) => location);
    const found = await journalsFor(locations, options);
    return found.filter(({ journal }) => journal.token !== plan.token);
  }
}

/** What is said when the restore that a journal tells of may still be on. */
export function stillOn({ address, journal }: StoredJournal): HoldfastError {
  const { host, pid } = journal.process;
  const where = isForeign(journal.process) ? `on host ${printable(host)}` : 'here';
  return new HoldfastError(
    'refused',
    `Another restore into the same place is running ${where} (process ${pid}, of ${printable(journal.archive)}, since ${journal.started}).`,
    { hint: `Wait until it has ended. Its journal is ${printable(address)}.` },
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
