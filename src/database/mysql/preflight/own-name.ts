import { nameList } from '../../../core/name-lists.ts';
import { printable } from '../../../core/printable.ts';
import type { Problem } from '../../../core/problem.ts';
import type { PreflightContext } from './context.ts';

/** Warns of programs that call their database by its name, when the target has another one. */
export function ownNameProblems({ archived, database, options }: PreflightContext): Promise<Problem[]> {
  const { ownName } = archived.requires;
  if (ownName.length > 0 && database !== archived.database) {
    options.reporter.warning(
      `These name the database ${printable(archived.database)} in their text, and use that one, not ${printable(database)}: ${nameList(ownName.map(printable))}`,
    );
  }
  return Promise.resolve([]);
}
