import { HoldfastError } from '../../core/errors.ts';
import type { JournalRecord } from '../../core/journal-record.ts';
import { printable } from '../../core/printable.ts';
import type { ProcessIdentity } from '../../core/process-identity.ts';

/** The version of the journal's form. It changes when an older holdfast would misread it. */
const FORM = 1;

/**
 * How far a restore has come:
 *
 * - `staging`: what is new is made beside the targets, which are not touched
 * - `swapping`: everything new is there; the storages are swapped in, then the database commits
 * - `committed`: the new state is the valid one; what was put aside is being removed
 */
export type JournalPhase = 'staging' | 'swapping' | 'committed';

export interface JournalStorage {
  /** The kind of storage whose code reads the record: `local`. */
  readonly kind: string;
  /** The target, for people. */
  readonly name: string;
  readonly record: JournalRecord;
}

export interface JournalDatabase {
  /** The engine whose code reads the record: `postgres`. */
  readonly engine: string;
  /** The target database, for people. */
  readonly name: string;
  readonly record: JournalRecord;
}

/** What a restore writes down so that, whatever happens to its process, the next one can finish or undo it. Holds no secret. */
export interface Journal {
  /** 12 hex digits: in the name of the journal and of everything that this restore makes beside its targets. */
  readonly token: string;
  /** The version of holdfast that wrote it. */
  readonly tool: string;
  /** Who works on it: while it runs, nobody else may. */
  readonly process: ProcessIdentity;
  readonly archive: string;
  /** When the restore began, ISO 8601. */
  readonly started: string;
  readonly phase: JournalPhase;
  readonly storages: readonly JournalStorage[];
  /** Whose commit decides; null before the swap, and where only files are restored. */
  readonly database: JournalDatabase | null;
}

export function encodeJournal(journal: Journal): string {
  return `${JSON.stringify({ journal: FORM, ...journal }, null, 2)}\n`;
}

/**
 * Reads a journal.
 * @param path where it lies, for messages
 * @throws HoldfastError `refused` for one of a newer version, and for what is no journal
 */
export function decodeJournal(text: string, path: string): Journal {
  const fields = parse(text, path);
  const form = fields['journal'];
  if (typeof form === 'number' && form > FORM) {
    throw new HoldfastError(
      'refused',
      `The journal ${printable(path)} was written by a newer holdfast (${printable(String(fields['tool']))}).`,
      {
        hint: 'An unfinished restore left it. Finish or undo it with that version: holdfast restore --recover',
      },
    );
  }
  if (form !== FORM || !isJournal(fields)) throw unreadable(path);
  return fields;
}

function parse(text: string, path: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (isObject(value)) return value;
  } catch {
    // Said below.
  }
  throw unreadable(path);
}

/** What is said of a file that has a journal's name and is none. */
export function unreadable(path: string): HoldfastError {
  return new HoldfastError('refused', `${printable(path)} is not a journal that this holdfast understands.`, {
    hint:
      'It has the name of a journal of an unfinished restore. Look at it and at what lies beside it (.holdfast names); ' +
      'when nothing there is missed, move it away.',
  });
}

function isJournal(fields: Record<string, unknown>): fields is Record<string, unknown> & Journal {
  const { token, phase, process, storages, database } = fields;
  return (
    typeof token === 'string' &&
    /^[0-9a-f]{12}$/.test(token) &&
    areTexts(fields, ['tool', 'archive', 'started']) &&
    ['staging', 'swapping', 'committed'].includes(phase as string) &&
    isObject(process) &&
    areTexts(process, ['host', 'machine', 'boot', 'began']) &&
    Number.isSafeInteger(process['pid']) &&
    (process['pid'] as number) > 0 &&
    Array.isArray(storages) &&
    storages.every((storage) => isTarget(storage, 'kind')) &&
    (database === null || isTarget(database, 'engine'))
  );
}

function isTarget(value: unknown, code: 'kind' | 'engine'): boolean {
  return isObject(value) && areTexts(value, [code, 'name']) && isObject(value['record']);
}

function areTexts(fields: Record<string, unknown>, names: readonly string[]): boolean {
  return names.every((name) => typeof fields[name] === 'string');
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
