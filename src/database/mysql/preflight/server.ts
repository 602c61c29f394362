import type { Problem } from '../../../core/problem.ts';
import { isServerError } from '../connection/failure.ts';
import { quoteName } from '../columns.ts';
import type { PreflightContext } from './context.ts';

/** Databases that belong to the server. */
export const SYSTEM_SCHEMAS = ['mysql', 'sys', 'information_schema', 'performance_schema'];

/** What of the server itself stands in the way: its own databases, a server that takes no writing. Warns of a replica. */
export async function serverProblems(context: PreflightContext): Promise<Problem[]> {
  await warnOfReplica(context);
  return [...systemSchema(context), ...unwritable(context)];
}

function systemSchema({ database }: PreflightContext): Problem[] {
  if (!SYSTEM_SCHEMAS.includes(database.toLowerCase())) return [];
  return [
    {
      message: `the database ${quoteName(database)} is the server's own`,
      hint: 'restore into a database of its own: CREATE DATABASE name;',
    },
  ];
}

function unwritable({ session, variables, privileges }: PreflightContext): Problem[] {
  const { flavor, number } = session.server;
  const recovery = variables.get('innodb_force_recovery') ?? '0';
  if (recovery !== '0') {
    return [
      {
        message: `the target server runs with innodb_force_recovery = ${recovery} and takes no rows`,
        hint: 'take innodb_force_recovery out of its option file and restart it',
      },
    ];
  }
  if (isOn(variables.get('innodb_read_only'))) {
    return [
      {
        message: 'the target server runs with innodb_read_only and takes no writing',
        hint: 'restore into another server, or restart this one without innodb_read_only',
      },
    ];
  }
  const mayWrite =
    flavor === 'mysql'
      ? privileges.may('CONNECTION_ADMIN') || privileges.may('SUPER')
      : privileges.may('READ_ONLY ADMIN') || (number < 101100 && privileges.may('SUPER'));
  const isReadOnly = isOn(variables.get('read_only')) && !mayWrite;
  if (!isReadOnly && !isOn(variables.get('super_read_only'))) return [];
  const which = isOn(variables.get('super_read_only')) ? 'super_read_only' : 'read_only';
  return [
    {
      message: `the target server is read-only (${which})`,
      hint: `restore into its primary, or, if it is one: SET GLOBAL ${flavor === 'mysql' ? 'super_read_only = OFF, ' : ''}${
        flavor === 'mysql' ? 'GLOBAL ' : ''
      }read_only = OFF;`,
    },
  ];
}

/** MariaDB has further values that are on, such as NO_LOCK. */
function isOn(value: string | undefined): boolean {
  return value !== undefined && !['OFF', '0', ''].includes(value);
}

/** `ER_PARSE_ERROR`, and what says that the account may not ask. */
const PARSE_ERROR = 1064;
const MAY_NOT_ASK = new Set([1227, 1044, 1142]);

async function warnOfReplica({ session, options }: PreflightContext): Promise<void> {
  const questions =
    session.server.flavor === 'mariadb'
      ? ['SHOW ALL SLAVES STATUS']
      : ['SHOW REPLICA STATUS', 'SHOW SLAVE STATUS'];
  for (const question of questions) {
    try {
      if ((await session.query(question)).length === 0) return;
      options.reporter.warning(
        'The target server is a replica of another one: what is restored here is not there, and replication may stop ' +
          'at a change that does not fit any more.',
      );
      return;
    } catch (error) {
      if (!isServerError(error)) throw error;
      if (MAY_NOT_ASK.has(error.code)) return;
      if (error.code !== PARSE_ERROR) throw error;
    }
  }
}
