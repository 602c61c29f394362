import { HoldfastError } from '../../core/errors.ts';
import { printable } from '../../core/printable.ts';
import { isForeign } from '../../core/process-identity.ts';
import type { Reporter } from '../../core/reporter.ts';
import { engineByName, engineForUrl } from '../../database/registry.ts';
import type { Outcome } from '../../database/engine.ts';
import { storageOfKind } from '../../storage/registry.ts';
import { type JournalFile, removeJournal, takeOverJournal } from './journal-file.ts';
import type { Journal } from './journal.ts';
import { type Environment, removePointer } from './pointers.ts';
import { isOn, stillOn } from './restore-journal.ts';

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
export function describeJournal({ path, journal }: JournalFile): string {
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
    ` (${targets.map(printable).join(', ')}; journal ${printable(path)})`
  );
}

/**
 * @throws HoldfastError `refused` for a journal that nobody may act on here and now: its process runs, or it is of another
 *   host
 */
export function refuseJournal(file: JournalFile, fromHost: string | null): void {
  const { journal } = file;
  const { host } = journal.process;
  if (isOn(journal)) throw stillOn(file);
  if (!isForeign(journal.process) || fromHost === host) return;
  throw new HoldfastError(
    'refused',
    `Found ${describeJournal(file)}. It was begun on host ${printable(host)}.`,
    {
      hint:
        `Whether it still runs cannot be seen from here. Run holdfast restore --recover on ${printable(host)}; ` +
        `if that host is gone for good: holdfast restore --recover --from-host ${printable(host)}`,
    },
  );
}

/**
 * Finishes or undoes an unfinished restore: after it, all its targets hold the new state or all the old one, and nothing else
 * of it is left. May itself be cut off and called again.
 * @throws HoldfastError `refused`, `failed`; the journal stays then
 */
export async function recoverJournal(file: JournalFile, options: RecoverOptions): Promise<Recovery> {
  const { reporter, env } = options;
  refuseJournal(file, options.fromHost);
  reporter.phase('recover', 'Recovering from an unfinished restore');
  reporter.warning(`Found ${describeJournal(file)}.`);
  // From here on others see that this process is at it.
  await takeOverJournal(file, reporter);
  const { journal } = file;
  const outcome = await outcomeOf(journal, options);
  const swapping = journal.phase !== 'staging';
  for (const { kind, record } of journal.storages) {
    const storage = await storageOfKind(kind);
    const recovery = await storage.openRecovery(record, { reporter, swapping });
    await (outcome === 'committed' ? recovery.finish() : recovery.undo());
  }
  await removeJournal(file.path);
  await removePointer(env, journal.token).catch(() => {});
  return {
    archive: journal.archive,
    started: journal.started,
    outcome: outcome === 'committed' ? 'finished' : 'undone',
    storages: journal.storages.map(({ name }) => name),
    database: journal.database?.name ?? null,
  };
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
