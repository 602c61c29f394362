import type { Problem } from '../../../core/problem.ts';
import { quoteIdentifier } from '../catalog/sql/identifiers.ts';
import { serverMessage } from '../connection/failure.ts';
import { attempt } from './attempt.ts';
import type { PreflightContext } from './context.ts';
import { nameList, plural } from '../../../core/name-lists.ts';

/**
 * What functions, the database and roles in it are set to, and default privileges: tried, for what a role may set
 * depends on the version, the server's modules and grants.
 */
export async function settingProblems(context: PreflightContext): Promise<Problem[]> {
  return [
    ...(await unsettable(context)),
    ...(await rolesBeyondReach(context)),
    ...(await lackOfDefaultPrivileges(context)),
  ];
}

async function unsettable(context: PreflightContext): Promise<Problem[]> {
  const { session, target, version, archived, role } = context;
  const settings = archived.requires?.demands?.settings ?? [];
  const name = quoteIdentifier(role.name);
  const database = quoteIdentifier(target.database);
  const rows = await session.query(
    `SELECT name, pg_catalog.quote_literal(setting) AS value FROM pg_catalog.pg_settings WHERE name = ANY ($1::text[])`,
    [[...settings]],
  );
  // A value that a parameter has is one that it takes; what is not shown takes any, or a superuser only.
  const values = new Map(rows.map((row) => [row['name'], row['value']]));
  // Every role may set for itself what it may set for others.
  const trials = settings.map((setting) => {
    const parameter = parameterName(setting);
    const sql = `ALTER ROLE ${name} IN DATABASE ${database} SET ${parameter} TO ${values.get(setting) ?? `''`}`;
    return [setting, sql] as const;
  });
  const errors = await attempt(context, new Map(trials));
  const forbidden = settings.filter((setting) => errors.get(setting)?.code === '42501');
  const others = settings.filter((setting) => errors.has(setting) && !forbidden.includes(setting));
  const problems: Problem[] = [];
  if (forbidden.length > 0) {
    const grant = `GRANT SET ON PARAMETER ${nameList(forbidden.map(parameterName))} TO ${name};`;
    problems.push({
      message: `role ${name} may not set the configuration ${plural(forbidden, 'parameter')} ${nameList(forbidden)}, which functions or the database have`,
      hint: `restore as a superuser${version >= 15 ? `, or let one say: ${grant}` : ''}`,
    });
  }
  if (others.length > 0) {
    const described = others.map((setting) => `${setting} (${serverMessage(errors.get(setting))})`);
    problems.push({
      message: `the target server does not take the configuration ${plural(others, 'parameter')} ${nameList(described)}`,
      hint: 'install the module that brings it, or reset it at the source (ALTER … RESET) and back up again',
    });
  }
  return problems;
}

/** `app.tenant`: each part is an identifier of its own. */
function parameterName(setting: string): string {
  return setting.split('.').map(quoteIdentifier).join('.');
}

async function rolesBeyondReach(context: PreflightContext): Promise<Problem[]> {
  const { target, archived, role } = context;
  const roles = await existing(context, archived.requires?.demands?.settingRoles ?? []);
  const database = quoteIdentifier(target.database);
  const trial = (name: string): string =>
    `ALTER ROLE ${quoteIdentifier(name)} IN DATABASE ${database} SET application_name TO ''`;
  const errors = await attempt(context, new Map(roles.map((name) => [name, trial(name)])));
  const forbidden = roles.filter((name) => errors.has(name)).map(quoteIdentifier);
  if (forbidden.length === 0) return [];
  return [
    {
      message: `role ${quoteIdentifier(role.name)} may not change the settings of ${nameList(forbidden)}, who ${forbidden.length === 1 ? 'has' : 'have'} some in the database`,
      hint: `restore as a superuser, or as a role with CREATEROLE and ADMIN on ${nameList(forbidden)}`,
    },
  ];
}

async function lackOfDefaultPrivileges(context: PreflightContext): Promise<Problem[]> {
  const { archived, options, role, version } = context;
  if (options.noPrivileges) return [];
  const roles = await existing(context, archived.requires?.demands?.defaultPrivilegeRoles ?? []);
  const trial = (name: string): string => {
    const quoted = quoteIdentifier(name);
    return `ALTER DEFAULT PRIVILEGES FOR ROLE ${quoted} GRANT SELECT ON TABLES TO ${quoted}`;
  };
  const errors = await attempt(context, new Map(roles.map((name) => [name, trial(name)])));
  const forbidden = nameList(roles.filter((name) => errors.has(name)).map(quoteIdentifier));
  if (forbidden === '') return [];
  const withOptions = version >= 16 ? ' WITH INHERIT TRUE, SET TRUE' : '';
  return [
    {
      message: `role ${quoteIdentifier(role.name)} may not alter the default privileges of ${forbidden}`,
      hint: `restore with --no-privileges, as a superuser, or after: GRANT ${forbidden} TO ${quoteIdentifier(role.name)}${withOptions};`,
    },
  ];
}

/** Those of `names` that the server has: the others are told as missing. */
async function existing({ session }: PreflightContext, names: readonly string[]): Promise<string[]> {
  const rows = await session.query(
    'SELECT rolname AS name FROM pg_catalog.pg_roles WHERE rolname = ANY ($1::text[]) ORDER BY rolname',
    [[...names]],
  );
  return rows.map((row) => row['name'] ?? '');
}
