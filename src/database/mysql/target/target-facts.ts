import type { DatabaseFacts } from '../../engine.ts';
import type { Session } from '../connection/session.ts';
import { readServerIdentity } from './recovery/load-record.ts';

/** What is known of a database that is about to be restored into. */
export interface TargetFacts extends DatabaseFacts {
  /** As in `LoadRecord.server`. */
  readonly server: string | null;
  /** Whether names of databases and tables are the same in capital and small letters. */
  readonly foldsNames: boolean;
}

export async function readTargetFacts(session: Session): Promise<TargetFacts> {
  const [row] = await session.query(
    `SELECT @@character_set_database AS encoding, @@collation_database AS collation,
      @@lower_case_table_names AS folded`,
  );
  return {
    engine: 'mysql',
    version: session.server.version,
    database: session.database,
    encoding: row?.['encoding'] ?? '',
    collation: row?.['collation'] ?? '',
    snapshot: null,
    server: await readServerIdentity(session),
    foldsNames: row?.['folded'] !== '0',
  };
}
