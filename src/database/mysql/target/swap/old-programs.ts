import { HoldfastError } from '../../../../core/errors.ts';
import { nameList } from '../../../../core/name-lists.ts';
import { printable } from '../../../../core/printable.ts';
import { readDatabaseDefaults } from '../../catalog/database-defaults.ts';
import { isLost } from '../../catalog/programs/lost-views.ts';
import { inMakingOrder, readPrograms } from '../../catalog/programs/programs.ts';
import type { Session } from '../../connection/session.ts';
import { readStatements } from '../../script.ts';
import { type Content, tablesOf } from '../contents.ts';
import type { MadeProgram } from './made-programs.ts';

/** What is put back of a database when the new could not be put in its place. */
export interface OldPrograms {
  /** Give the database what its programs are made under, and what it had. */
  readonly settings: readonly string[];
  readonly programs: readonly MadeProgram[];
}

/**
 * Reads how to make the programs of the session's default database again, and what gives it its settings.
 * @throws HoldfastError `failed` for a program that the account may not read, or that no server makes again
 */
export async function readOldPrograms(
  session: Session,
  database: string,
  contents: readonly Content[],
): Promise<OldPrograms> {
  const { collation, statements } = await readDatabaseDefaults(session);
  const relations = new Set(tablesOf(contents));
  const programs = inMakingOrder(await readPrograms(session, { database, collation, relations }));
  for (const { failure } of programs) if (failure) throw failure;
  const lost = programs.filter(isLost);
  if (lost.length > 0) throw lostViews(lost.map(({ name }) => name));
  const settings = statements.flatMap(({ sql }) => readStatements(sql));
  // What the new database gets is to be taken away again.
  if (session.server.flavor === 'mariadb') settings.unshift("ALTER DATABASE COMMENT ''");
  return {
    settings,
    programs: programs.flatMap(({ postData }) =>
      postData.map(({ kind, sql }) => ({ kind, statements: readStatements(sql) })),
    ),
  };
}

/** Views that no server makes again: what is dropped of these is lost. */
function lostViews(names: readonly string[]): HoldfastError {
  return new HoldfastError(
    'failed',
    `Views of the database do not work, and no server could make them again after a failure: ${nameList(names.map(printable))}.`,
    { hint: 'Mend or drop them first (DROP VIEW). Nothing was changed.' },
  );
}
