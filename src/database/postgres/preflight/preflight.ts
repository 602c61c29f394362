import type { Problem } from '../../../core/problem.ts';
import type { TargetOptions } from '../../engine.ts';
import type { Session } from '../connection/session.ts';
import type { PostgresFacts } from '../facts.ts';
import { collationProblems } from './collations.ts';
import { readContext } from './context.ts';
import { eventTriggerProblems } from './event-triggers.ts';
import { configurationProblems } from './extension-configuration.ts';
import { extensionMemberProblems } from './extension-members.ts';
import { extensionProblems } from './extensions.ts';
import { foreignDataProblems } from './foreign-data.ts';
import { largeObjectProblems } from './large-objects.ts';
import { localeProblems } from './locale.ts';
import { lockTableProblems } from './lock-table.ts';
import { materializedViewProblems } from './materialized-views.ts';
import { missingProblems } from './missing.ts';
import { moduleProblems } from './modules.ts';
import { ownershipProblems } from './ownership.ts';
import { databasePrivilegeProblems } from './database-privileges.ts';
import { publicationProblems } from './publications.ts';
import { serverProblems } from './server.ts';
import { settingProblems } from './settings.ts';
import { trialProblems } from './trials.ts';
import { subscriptionProblems } from './subscriptions.ts';
import { superuserProblems, usageProblems } from './usage.ts';

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
  eventTriggerProblems,
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
