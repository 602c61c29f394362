import { HoldfastError } from '../../../core/errors.ts';
import { printable } from '../../../core/printable.ts';
import type { Statement, TableInfo } from '../../engine.ts';
import { type ServerError, serverMessage } from '../connection/failure.ts';
import type { SideDatabases } from './swap/side-databases.ts';

/** A server's error on a statement of the schema, in words that name its object. */
export function statementFailure(error: ServerError, { kind, name }: Statement): HoldfastError {
  return failure(error, `The server refused to restore ${kind.toLowerCase()} ${printable(name)}`);
}

/** A server's error on rows of a table. */
export function loadFailure(error: ServerError, { name }: TableInfo): HoldfastError {
  return failure(error, `The server refused rows of table ${printable(name)}`);
}

/** Rows that the server took, but not as they were. */
export function changedFailure(
  { name }: TableInfo,
  warnings: readonly string[],
  more: number,
): HoldfastError {
  const listed = warnings.map((warning) => `  ${printable(warning)}`);
  return new HoldfastError(
    'failed',
    [
      `The server would not store rows of table ${printable(name)} as they are:`,
      ...listed,
      ...(more > 0 ? [`  and ${more} more`] : []),
    ].join('\n'),
    {
      hint: 'Nothing was changed. Does the column have the type and character set that it had in the backup?',
    },
  );
}

/** A server's error on what a restore itself has to do, as a clause: `The server would not …`. */
export function stepFailure(error: ServerError, step: string): HoldfastError {
  return failure(error, `The server would not ${step}`);
}

/** A server's error on what finishes or undoes a load whose process is gone. */
export function recoveryFailure(
  error: ServerError,
  { side: { fresh, old }, target }: { side: SideDatabases; target: string },
): HoldfastError {
  return new HoldfastError(
    'failed',
    `The server would not let a restore into database ${printable(target)} that was cut off be finished or undone: ${serverMessage(error)}`,
    {
      hint:
        'Mend what the server says, then run: holdfast restore --recover. Leave the databases ' +
        `${fresh} and ${old} alone until then: they hold what it takes.`,
      cause: error,
    },
  );
}

function failure(error: ServerError, what: string): HoldfastError {
  return new HoldfastError('failed', `${what}: ${serverMessage(error)}`, {
    hint: hintFor(error.code) ?? 'Nothing was changed. Mend what the server says, then try again.',
    cause: error,
  });
}

/** What helps, by the server's number of the error. */
function hintFor(code: number): string | undefined {
  switch (code) {
    case 1044:
    case 1142:
    case 1227:
    case 1370:
    case 1419:
      return 'Nothing was changed. Restore as an account that may do this; --skip-definer lets what is restored run as the connecting account.';
    case 1205:
      return 'Nothing was changed. Other connections hold locks: SHOW PROCESSLIST shows them. Is a backup of the server on (LOCK INSTANCE FOR BACKUP, BACKUP STAGE)?';
    case 1114:
    case 1021:
    case 1030:
      return 'Nothing was changed. Is the disk of the database server full? Make room, then try again.';
    case 1526:
      return (
        'Nothing was changed. The table had rows outside of its partitions (ALTER TABLE … EXCHANGE PARTITION … WITHOUT VALIDATION does that). ' +
        'Out of this archive: --table brings back others alone. To have this one, unpack the archive, give the table a partition for such ' +
        'rows in database/pre-data.sql, and load it step by step, as RESTORE.md in it says.'
      );
    case 1153:
      return 'Nothing was changed. Raise max_allowed_packet on the server, then try again.';
    case 1290:
      return 'Nothing was changed. Is the server read-only? Restore into the primary.';
    default:
      return undefined;
  }
}
