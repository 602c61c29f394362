import { HoldfastError } from '../../../core/errors.ts';
import { printable } from '../../../core/printable.ts';
import type { Statement } from '../../engine.ts';
import { BROKEN_VIEW_KIND } from '../catalog/views.ts';
import { quoteName } from '../columns.ts';
import { isServerError } from '../connection/failure.ts';
import type { Session } from '../connection/session.ts';
import { disabledEvent } from './disabled-event.ts';

/** Statements of what can be dropped and made again at any time: they run in the side database to be tried, and again in the swap. */
const PROGRAM_KINDS: ReadonlySet<string> = new Set([
  'LIBRARY',
  'FUNCTION',
  'PROCEDURE',
  'PACKAGE',
  'PACKAGE BODY',
  'VIEW',
  BROKEN_VIEW_KIND,
  'TRIGGER',
  'EVENT',
]);

export function isProgram({ kind }: Statement): boolean {
  return PROGRAM_KINDS.has(kind);
}

/**
 * Makes a program in the default database to see that the server takes it. An event stays disabled, and is gone afterwards: it must not
 * run beside the old.
 * @param statements the server's, of the program's text
 */
export async function tryProgram(
  session: Session,
  { kind, name }: Statement,
  statements: readonly string[],
): Promise<void> {
  if (kind !== 'EVENT') {
    for (const sql of statements) await session.run(sql);
    return;
  }
  const disabled = statements.map(disabledEvent);
  if (disabled.every((sql) => sql === null)) {
    throw new HoldfastError(
      'failed',
      `The archive's event ${printable(name)} is not written as servers write it.`,
      {
        hint: 'No backup has such an event: somebody changed the archive. Nothing was changed.',
      },
    );
  }
  for (const [index, sql] of statements.entries()) await session.run(disabled[index] ?? sql);
  await session.run(`DROP EVENT IF EXISTS ${quoteName(name)}`);
}

/** After the failure of a broken view: what was made to stand in for what it lacks must not stay. */
export async function removeStandIns(session: Session, statements: readonly string[]): Promise<void> {
  for (const sql of statements.filter((statement) => statement.startsWith('DROP '))) {
    try {
      await session.run(sql);
    } catch (error) {
      if (!isServerError(error)) throw error;
    }
  }
}

/** Whether a failure of this program is told and passed over: it did not work at the source either. */
export function mayFail({ kind }: Statement): boolean {
  return kind === BROKEN_VIEW_KIND;
}
