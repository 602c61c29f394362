import type { Problem } from '../../../core/problem.ts';
import { BROKEN_VIEW_KIND } from '../catalog/programs/views.ts';
import { quoteName } from '../columns.ts';
import { quoteAccount } from '../account.ts';
import { nameOfNoDatabase } from './attempt.ts';
import { patternOf, type PreflightContext } from './context.ts';

/** What every restore does to the databases beside its target, and to the target: also to take it back. */
const beside = ['SELECT', 'INSERT', 'CREATE', 'ALTER', 'DROP'];
const inTarget = ['INSERT', 'CREATE', 'ALTER', 'DROP'];

/** What statements of some kinds take in both, besides. */
const rightsOfKinds: Readonly<Record<string, string>> = {
  VIEW: 'CREATE VIEW',
  [BROKEN_VIEW_KIND]: 'CREATE VIEW',
  FUNCTION: 'CREATE ROUTINE',
  PROCEDURE: 'CREATE ROUTINE',
  PACKAGE: 'CREATE ROUTINE',
  'PACKAGE BODY': 'CREATE ROUTINE',
  LIBRARY: 'CREATE ROUTINE',
  TRIGGER: 'TRIGGER',
  EVENT: 'EVENT',
};

/** What shows an account all that a database holds, removes it and puts it back: what it does not see would stay. */
const replacing = [
  'SELECT',
  'CREATE VIEW',
  'SHOW VIEW',
  'TRIGGER',
  'EVENT',
  'CREATE ROUTINE',
  'ALTER ROUTINE',
];

/** What the connecting account may not do in the target database, and in those that a restore makes beside it. */
export function rightsProblems(context: PreflightContext): Promise<Problem[]> {
  const { archived, database, options, privileges, session, variables } = context;
  const { kinds } = archived.requires;
  const ofKinds = kinds.flatMap((kind) => rightsOfKinds[kind] ?? []);
  // Elsewhere whoever makes a routine may run it.
  const calling =
    variables.get('automatic_sp_privileges') === 'OFF' &&
    kinds.includes('FUNCTION') &&
    kinds.some((kind) => kind === 'VIEW' || kind === BROKEN_VIEW_KIND)
      ? ['EXECUTE']
      : [];
  const isReferring = session.server.flavor === 'mysql' && kinds.includes('FOREIGN KEY');
  const lacking = (rights: readonly string[], name: string): string[] =>
    [...new Set(rights)].filter((right) => !privileges.may(right, name));
  const target = lacking(
    [...inTarget, ...ofKinds, ...(options.replace ? replacing : []), ...(options.noOwner ? calling : [])],
    database,
  );
  const side = lacking(
    [...beside, ...ofKinds, ...(isReferring ? ['REFERENCES'] : []), ...calling],
    nameOfNoDatabase(),
  );
  const problems: Problem[] = [];
  const to = `TO ${quoteAccount(privileges.account)};`;
  if (target.length > 0) {
    problems.push({
      message: `the account ${privileges.account} lacks ${target.join(', ')} on the database ${quoteName(database)}`,
      hint: `as an administrator: GRANT ${target.join(', ')} ON ${quoteName(patternOf(context, database))}.* ${to}`,
    });
  }
  if (side.length > 0) {
    // With partial revokes a server reads no patterns in grants.
    const places = variables.get('partial_revokes') === 'ON' ? '*.*' : '`holdfast\\_%`.*';
    problems.push({
      message: `the account ${privileges.account} lacks ${side.join(', ')} on the databases that a restore makes beside the target (holdfast_…)`,
      hint: `as an administrator: GRANT ${side.join(', ')} ON ${places} ${to}`,
    });
  }
  return Promise.resolve(problems);
}
