import type { Problem } from '../../../core/problem.ts';
import { nameList } from '../../../core/name-lists.ts';
import type { PreflightContext } from './context.ts';

/** Names of tables that differ by case alone, on a server that does not tell them apart. Warns of names that change. */
export function nameProblems({ archived, options, variables }: PreflightContext): Promise<Problem[]> {
  const folding = variables.get('lower_case_table_names') ?? '0';
  if (folding === '0') return Promise.resolve([]);
  const { caseClashes, mixedCaseNames } = archived.requires;
  if (caseClashes.length > 0) {
    return Promise.resolve([
      {
        message: `the target server does not tell names of tables apart by case (lower_case_table_names = ${folding}): ${nameList(caseClashes.map((names) => names.join(' and ')))}`,
        hint: 'restore into a server with lower_case_table_names = 0, or rename the tables at the source and back up again',
      },
    ]);
  }
  if (folding === '1' && mixedCaseNames.length > 0) {
    options.reporter.warning(
      `The target server keeps names of tables in small letters (lower_case_table_names = 1): ${nameList(mixedCaseNames)}.`,
    );
  }
  return Promise.resolve([]);
}
