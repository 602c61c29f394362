import { quoteText } from '../catalog/literals.ts';
import { inMakingOrder, readPrograms } from '../catalog/programs.ts';
import type { Session } from '../connection/session.ts';
import { readStatements } from '../script.ts';
import { type Content, tablesOf } from './contents.ts';

/**
 * The statements that make the programs of the session's default database again, and give it its settings.
 * @throws HoldfastError `failed` for a program that the account may not read
 */
export async function readOldPrograms(
  session: Session,
  database: string,
  contents: readonly Content[],
): Promise<string[]> {
  const [row] = await session.query(
    `SELECT DEFAULT_CHARACTER_SET_NAME AS charset, DEFAULT_COLLATION_NAME AS collation FROM information_schema.SCHEMATA
    WHERE SCHEMA_NAME = ${quoteText(database)}`,
  );
  const collation = row?.['collation'] ?? '';
  const surroundings = { database, collation };
  const relations = new Set(tablesOf(contents));
  const programs = inMakingOrder(await readPrograms(session, { ...surroundings, relations }));
  for (const { failure } of programs) if (failure) throw failure;
  return [
    ...programs.flatMap(({ postData }) => postData.flatMap(({ sql }) => readStatements(sql))),
    // Programs may be made under another collation of the database.
    `ALTER DATABASE CHARACTER SET ${row?.['charset']} COLLATE ${collation}`,
  ];
}
