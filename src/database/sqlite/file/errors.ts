import { HoldfastError, messageOf } from '../../../core/errors.ts';
import { printable } from '../../../core/printable.ts';

/** Primary result codes. Source: https://sqlite.org/rescode.html */
const OK = 0;
const ERROR = 1;
const PERM = 3;
const BUSY = 5;
const LOCKED = 6;
const READONLY = 8;
const IOERR = 10;
const CORRUPT = 11;
const FULL = 13;
const CANTOPEN = 14;
const NOTADB = 26;

/** The primary code of an error of SQLite; undefined for any other. */
function codeOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number')
    return undefined;
  return error.errcode & 0xff;
}

/** Whether another connection is in the way, for now. Node's backup calls it no error when that is so from the beginning. */
export function isBusy(error: unknown): boolean {
  const code = codeOf(error);
  return code !== undefined && [OK, BUSY, LOCKED].includes(code);
}

/** Whether a read-only connection cannot read the file as it stands: a crashed writer left work that must be finished first. */
export function needsWriter(error: unknown): boolean {
  return [READONLY, CANTOPEN].includes(codeOf(error) ?? 0);
}

/** Whether SQLite finds damage: in a file, or a virtual table in what it keeps there. */
export function isDamage(error: unknown): boolean {
  return codeOf(error) === CORRUPT;
}

/** Whether SQLite cannot read a file at all. */
export function isUnreadable(error: unknown): boolean {
  return isDamage(error) || codeOf(error) === NOTADB;
}

/** Whether SQLite cannot run a statement for what it means, whatever the state of the file. */
export function isCannot(error: unknown): boolean {
  return codeOf(error) === ERROR;
}

/** Whether the text or the definition at fault means something of an application's own: no damage, but nothing to be done. */
export function isUnknownToUs(error: unknown): boolean {
  return (
    isCannot(error) &&
    /no such (module|collation sequence|function|tokenizer)|unknown (function|tokenizer)|error in tokenizer/i.test(
      messageOf(error),
    )
  );
}

/**
 * An error of SQLite in words. Others, and those that were explained already, are given back as they are.
 * @param copiedTo the folder of the copy that was worked on, where it was one
 */
export function explain(error: unknown, path: string, copiedTo?: string): unknown {
  const code = codeOf(error);
  if (code === undefined) return error;
  const name = printable(path);
  const details = wordsFor(code, name, error, copiedTo === undefined ? null : printable(copiedTo));
  return new HoldfastError('failed', details[0] ?? `SQLite fails on ${name}: ${messageOf(error)}.`, {
    ...(details[1] !== undefined && { hint: details[1] }),
    cause: error,
  });
}

function wordsFor(
  code: number,
  name: string,
  error: unknown,
  copiedTo: string | null,
): [message?: string, hint?: string] {
  const rights = 'SQLite needs to write the file and the folder it is in, for its journal lies there.';
  switch (code) {
    case NOTADB:
      return [
        `${name} is no SQLite database, or an encrypted one.`,
        'Encrypted databases (SQLCipher, SEE) cannot be read without their program: have it export a plain one.',
      ];
    case CORRUPT:
      return [
        `The database ${name} is damaged: ${messageOf(error)}.`,
        'See what `sqlite3 FILE ".recover"` can save of it.',
      ];
    case OK:
    case BUSY:
    case LOCKED:
      return [`The database ${name} is in use.`, 'Stop what uses it, and try again.'];
    case READONLY:
    case PERM:
      return [`The database ${name} cannot be written.`, rights];
    case CANTOPEN:
      return [`The database ${name} cannot be opened.`, `Check who may read it. ${rights}`];
    case FULL:
      return copiedTo === null
        ? [`There is no room left for ${name}.`, 'Make room on its disk.']
        : [
            `There is no room left for a copy of the database in ${copiedTo}.`,
            'Set TMPDIR to a folder on a disk with room: leaving out tables or rows takes up to twice the database.',
          ];
    case IOERR:
      return [
        `The disk fails at ${name}${copiedTo === null ? '' : `, or at its copy in ${copiedTo}`}.`,
        'Look into the log of the system.',
      ];
    default:
      return [];
  }
}
