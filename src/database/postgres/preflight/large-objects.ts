import type { Problem } from '../../../core/problem.ts';
import { createStage } from '../catalog/large-object-data.ts';
import { quoteIdentifier } from '../catalog/sql/identifiers.ts';
import { serverMessage } from '../connection/failure.ts';
import { attempt } from './attempt.ts';
import type { PreflightContext } from './context.ts';

/** Whether the role may make large objects and the temporary table through which their contents come. */
export async function largeObjectProblems(context: PreflightContext): Promise<Problem[]> {
  if ((context.archived.requires?.demands?.largeObjects?.count ?? 0) === 0) return [];
  const errors = await attempt(
    context,
    new Map([
      ['stage', createStage],
      ['create', `SELECT pg_catalog.lo_put(pg_catalog.lo_create(0), 0, 'x')`],
    ]),
  );
  const role = quoteIdentifier(context.role.name);
  const database = quoteIdentifier(context.target.database);
  const problems: Problem[] = [];
  if (errors.has('stage')) {
    problems.push({
      message: `role ${role} may not make temporary tables, through which large objects are loaded: ${serverMessage(errors.get('stage'))}`,
      hint: `as its owner or a superuser: GRANT TEMPORARY ON DATABASE ${database} TO ${role};`,
    });
  }
  if (errors.has('create')) {
    problems.push({
      message: `role ${role} may not make large objects: ${serverMessage(errors.get('create'))}`,
      hint: 'restore as a superuser, or let one grant what is lacking',
    });
  }
  return problems;
}
