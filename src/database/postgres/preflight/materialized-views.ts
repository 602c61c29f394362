import type { Problem } from '../../../core/problem.ts';
import type { PreflightContext } from './context.ts';
import { nameList } from '../../../core/name-lists.ts';

/**
 * Materialized views that cannot be filled again: their queries run as their owners. Where all goes to the role that
 * restores, it may read everything.
 */
export async function materializedViewProblems({ archived, options }: PreflightContext): Promise<Problem[]> {
  if (options.noOwner) return [];
  const refreshes = archived.requires?.demands?.refreshes ?? [];
  const describe = (list: typeof refreshes): string =>
    nameList(list.map(({ name, reads, reader }) => `${name} (${reader} may not read ${reads})`));
  const [never, granted] = [
    refreshes.filter(({ isGranted }) => !isGranted),
    refreshes.filter(({ isGranted }) => isGranted && options.noPrivileges),
  ];
  const problems: Problem[] = [];
  if (never.length > 0) {
    problems.push({
      message: `materialized views cannot be filled as they were, for rights have been taken away since: ${describe(never)}`,
      hint: `restore with --no-owner, or at the source GRANT SELECT to those roles (or REFRESH … WITH NO DATA) and back up again`,
    });
  }
  if (granted.length > 0) {
    problems.push({
      message: `materialized views cannot be filled without the archive's grants: ${describe(granted)}`,
      hint: 'restore without --no-privileges, or with --no-owner too',
    });
  }
  return problems;
}
