import type { TargetOptions } from '../../engine.ts';
import type { Session } from '../connection/session.ts';
import type { MysqlFacts } from '../facts.ts';
import { type Privileges, readPrivileges } from '../privileges.ts';

/** What every check of a preflight looks at. */
export interface PreflightContext {
  readonly session: Session;
  /** The target database. */
  readonly database: string;
  readonly archived: MysqlFacts;
  readonly options: TargetOptions;
  readonly privileges: Privileges;
  /** The server's variables, as the session has them, by their names in small letters. What a server does not know is not there. */
  readonly variables: ReadonlyMap<string, string>;
}

export async function readContext(
  session: Session,
  archived: MysqlFacts,
  options: TargetOptions,
): Promise<PreflightContext> {
  const rows = await session.query('SHOW VARIABLES');
  return {
    session,
    database: session.database,
    archived,
    options,
    privileges: await readPrivileges(session),
    variables: new Map(rows.map((row) => [(row['Variable_name'] ?? '').toLowerCase(), row['Value'] ?? ''])),
  };
}

/** A name as a grant has it: `_` and `%` stand for other characters there. */
export function patternOf({ variables }: PreflightContext, name: string): string {
  return variables.get('partial_revokes') === 'ON' ? name : name.replaceAll(/[\\_%]/g, String.raw`\$&`);
}
