import { HoldfastError, messageOf } from '../../core/errors.ts';
import { printable } from '../../core/printable.ts';
import { isForeign } from '../../core/process-identity.ts';
import type { Reporter } from '../../core/reporter.ts';
import { engineByName, engineForUrl } from '../../database/registry.ts';
import type { Outcome } from '../../database/engine.ts';
import { storageOfKind } from '../../storage/registry.ts';
import type { Journal } from './journal.ts';
import { addPointer, type Environment, removePointer } from './pointers.ts';
import { isOn, stillOn } from './restore-journal.ts';
import { type StoredJournal, takeOverJournal } from './stored-journal.ts';

export interface RecoverOptions {
  /** Where the user says the database is, with what it takes to connect; null: as the journal and the environment have it. */
  readonly databaseUrl: string | null;
  /** False: do not ask the database whether it committed, and undo the files of a restore that had not got to its end. */
  readonly askDatabase: boolean;
  /** The name of a host that is gone for good, whose journals are obeyed as well. */
  readonly fromHost: string | null;
  readonly env: Environment;
  readonly reporter: Reporter;
  readonly signal: AbortSignal;
}

/** What became of a restore that had been left unfinished. */
export interface Recovery {
  readonly archive: string;
  readonly started: string;
  /** `finished`: the targets hold what the archive held; `undone`: what they held before. */
  readonly outcome: 'finished' | 'undone';
  readonly storages: readonly string[];
  readonly database: string | null;
}

/** What became of a restore, for people. */
export function describeRecovery({ archive, outcome }: Recovery): string {
  return outcome === 'finished'
    ? `Finished the restore of ${printable(archive)}: everything is as the archive had it.`
    : `Undid the restore of ${printable(archive)}: everything is as it was before.`;
}

/** A journal's restore and how far it had come, for people. */
export function describeJournal({ address, journal }: StoredJournal): string {
  const reached: Record<Journal['phase'], string> = {
    staging: 'had not touched its targets',
    swapping: 'was putting files and database in place',
    committed: 'was done but for the removal of what was there before',
  };
  const targets = [journal.database, ...journal.storages].flatMap((target) =>
    target === null ? [] : [target.name],
  );
  return (
    `an unfinished restore of ${printable(journal.archive)}, begun ${journal.started}, that ${reached[journal.phase]}` +
    ` (${targets.map(printable).join(', ')}; journal ${printable(address)})`
  );
}

/**
 * @throws HoldfastError `refused` for a journal that nobody may act on here and now: its process runs, or it is of another
 *   host, or anybody could have written it
 */
export function refuseJournal(stored: StoredJournal, fromHost: string | null): void {
  const { journal, store, isOwn } = stored;
  const { host } = journal.process;
  if (isOn(journal)) throw stillOn(stored);
  const isHere = !isForeign(journal.process);
  if (fromHost === host || (isOwn && isHere)) return;
  throw new HoldfastError(
    'refused',
    `Found ${describeJournal(stored)}. It was begun on host ${printable(host)}${isHere ? ', by another user or with another state directory' : ''}.`,
    {
      hint:
        (isHere
          ? 'Run holdfast restore --recover as who began it; if that cannot be'
          : `Whether it still runs cannot be seen from here. Run holdfast restore --recover on ${printable(host)}; if that host is gone for good`) +
        `: holdfast restore --recover --from-host ${printable(host)}` +
        (store.isShared
          ? ` --storage '${printable(store.address)}'. Whoever may write to ${printable(store.address)} can have written that journal: look whether the targets are yours first`
          : ''),
    },
  );
}

/**
 * Finishes or undoes an unfinished restore: after it, all its targets hold the new state or all the old one, and nothing else
 * of it is left. May itself be cut off and called again.
 * @throws HoldfastError `refused`, `failed`; the journal stays then
 */
export async function recoverJournal(stored: StoredJournal, options: RecoverOptions): Promise<Recovery> {
  const { reporter, env } = options;
  refuseJournal(stored, options.fromHost);
  reporter.phase('recover', 'Recovering from an unfinished restore');
  reporter.warning(`Found ${describeJournal(stored)}.`);
  // From here on others see that this process is at it.
  await takeOverJournal(stored);
  const { journal, store } = stored;
  // Where it is a journal of another host, this one's user may have to go on with it.
  await addPointer(env, journal.token, store).catch(() => {});
  const outcome = await outcomeOf(journal, options);
  await recoverStorages(journal, outcome, options);
  await store.remove(journal.token);
  await removePointer(env, journal.token).catch(() => {});
  return {
    archive: journal.archive,
    started: journal.started,
    outcome: outcome === 'committed' ? 'finished' : 'undone',
    storages: journal.storages.map(({ name }) => name),
    database: journal.database?.name ?? null,
  };
}

/** Each of them, also when one fails: the disk of one may be gone for good, and the others are still to be had. */
async function recoverStorages(
  { storages, phase }: Journal,
  outcome: Outcome,
  { reporter, signal }: RecoverOptions,
): Promise<void> {
  const errors: unknown[] = [];
  for (const { kind, record } of storages) {
    try {
      const storage = await storageOfKind(kind);
      const recovery = await storage.openRecovery(record, {
        reporter,
        signal,
        swapping: phase !== 'staging',
      });
      await (outcome === 'committed' ? recovery.finish() : recovery.undo());
    } catch (error) {
      signal.throwIfAborted();
      if (errors.length > 0) reporter.warning(messageOf(error));
      errors.push(error);
    }
  }
  if (errors.length > 0) throw errors[0];
}

async function outcomeOf(journal: Journal, options: RecoverOptions): Promise<Outcome> {
  if (journal.phase === 'committed') return 'committed';
  const { database, phase } = journal;
  // A database that was only loaded has rolled back by itself, and files alone count from the journal's last phase on.
  if (phase === 'staging' || database === null || !options.askDatabase) return 'rolled back';
  const { env, reporter, signal, databaseUrl } = options;
  const engine = await engineByName(database.engine);
  const isSameKind = databaseUrl !== null && (await engineForUrl(databaseUrl)).name === engine.name;
  return engine.settle(database.record, { url: isSameKind ? databaseUrl : null, env, reporter, signal });
}
