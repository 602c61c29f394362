import type { Problem } from '../../core/problem.ts';
import type { TargetOptions } from '../engine.ts';
import type { Session } from './connection/session.ts';
import type { PostgresFacts } from './facts.ts';
import { collationProblems } from './preflight/collations.ts';
import { readContext } from './preflight/context.ts';
import { configurationProblems } from './preflight/extension-configuration.ts';
import { extensionMemberProblems } from './preflight/extension-members.ts';
import { extensionProblems } from './preflight/extensions.ts';
import { foreignDataProblems } from './preflight/foreign-data.ts';
import { largeObjectProblems } from './preflight/large-objects.ts';
import { localeProblems } from './preflight/locale.ts';
import { lockTableProblems } from './preflight/lock-table.ts';
import { materializedViewProblems } from './preflight/materialized-views.ts';
import { missingProblems } from './preflight/missing.ts';
import { moduleProblems } from './preflight/modules.ts';
import { ownershipProblems } from './preflight/ownership.ts';
import { databasePrivilegeProblems } from './preflight/database-privileges.ts';
import { publicationProblems } from './preflight/publications.ts';
import { serverProblems } from './preflight/server.ts';
import { settingProblems } from './preflight/settings.ts';
import { trialProblems } from './preflight/trials.ts';
import { subscriptionProblems } from './preflight/subscriptions.ts';
import { superuserProblems, usageProblems } from './preflight/usage.ts';

/** The subjects of a preflight, in the order in which their problems are listed. */
const checks = [
  serverProblems,
  localeProblems,
  missingProblems,
  extensionProblems,
  collationProblems,
  databasePrivilegeProblems,
  usageProblems,
  superuserProblems,
  ownershipProblems,
  foreignDataProblems,
  moduleProblems,
  trialProblems,
  settingProblems,
  largeObjectProblems,
  publicationProblems,
  subscriptionProblems,
  materializedViewProblems,
  configurationProblems,
  extensionMemberProblems,
  lockTableProblems,
];

/** Everything that would make the load of `archived` fail, all at once. Changes nothing. */
export async function findProblems(
  session: Session,
  target: PostgresFacts,
  archived: PostgresFacts,
  options: TargetOptions,
): Promise<Problem[]> {
  const context = await readContext(session, target, archived, options);
  const problems: Problem[] = [];
  for (const check of checks) problems.push(...(await check(context)));
  return problems;
}
