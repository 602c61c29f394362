import type { Session } from '../connection/session.ts';
import { quoteText } from './literals.ts';
import type { ObjectStatement } from './object.ts';

/** What a database gives to the objects that are made in it. */
export interface DatabaseDefaults {
  readonly charset: string;
  readonly collation: string;
  /**
   * It sets them, for the database that the session is in. What is the target server's business is not among them: MySQL's
   * DEFAULT ENCRYPTION and READ ONLY.
   */
  readonly statements: readonly ObjectStatement[];
}

export async function readDatabaseDefaults(session: Session): Promise<DatabaseDefaults> {
  const hasComment = session.server.flavor === 'mariadb';
  const [row] = await session.query(`
    SELECT DEFAULT_CHARACTER_SET_NAME AS charset, DEFAULT_COLLATION_NAME AS collation,
      ${hasComment ? 'SCHEMA_COMMENT' : "''"} AS comment
    FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = DATABASE()`);
  const { charset, collation, comment } = row as Record<'charset' | 'collation' | 'comment', string>;
  const commentClause = comment === '' ? '' : ` /*M! COMMENT ${quoteText(comment)} */`;
  const sql = `ALTER DATABASE CHARACTER SET ${charset} COLLATE ${collation}${commentClause};`;
  return { charset, collation, statements: [{ kind: 'DATABASE', sql }] };
}
