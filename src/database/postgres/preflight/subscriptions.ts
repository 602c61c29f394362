import type { Problem } from '../../../core/problem.ts';
import { quoteIdentifier } from '../catalog/sql/identifiers.ts';
import type { SubscriptionDemand } from '../catalog/demands/subscription-demands.ts';
import { serverMessage } from '../connection/failure.ts';
import { attempt } from './attempt.ts';
import type { PreflightContext } from './context.ts';
import { commandList, nameList, plural } from '../../../core/name-lists.ts';

/** Subscriptions that the role may not make, or not give to their owners. Warns that all of them rest. */
export async function subscriptionProblems(context: PreflightContext): Promise<Problem[]> {
  const subscriptions = context.archived.requires?.demands?.subscriptions ?? [];
  if (subscriptions.length === 0) return [];
  const names = subscriptions.map(({ name }) => name);
  context.options.reporter.warning(
    `The ${plural(names, 'subscription')} ${nameList(names)} will be disabled: to let the publisher feed this database, ` +
      'ALTER SUBSCRIPTION … ENABLE and REFRESH PUBLICATION.',
  );
  return [...(await unmade(context, subscriptions)), ...(await ordinaryOwners(context, subscriptions))];
}

async function unmade(
  context: PreflightContext,
  subscriptions: readonly SubscriptionDemand[],
): Promise<Problem[]> {
  if (context.role.isSuperuser) return [];
  // Nothing listens there, and nobody asks.
  const trial = `CREATE SUBSCRIPTION holdfast_attempt CONNECTION 'host=127.0.0.1 port=1 password=x' PUBLICATION x
    WITH (connect = false, slot_name = NONE)`;
  const refusal = (await attempt(context, new Map([['trial', trial]]))).get('trial');
  const refused = refusal === undefined ? subscriptions.filter((one) => one.isRestricted) : subscriptions;
  if (refused.length === 0) return [];
  const names = refused.map(({ name }) => name);
  const why =
    refusal === undefined ? 'only a superuser may make those that give no password' : serverMessage(refusal);
  const grant = `GRANT pg_create_subscription TO ${quoteIdentifier(context.role.name)};`;
  return [
    {
      message: `role ${quoteIdentifier(context.role.name)} may not make the ${plural(names, 'subscription')} ${nameList(names)}: ${why}`,
      hint: `restore as a superuser${refusal !== undefined && context.version >= 16 ? `, or let one say: ${grant}` : ''}`,
    },
  ];
}

/** Until 15 only superusers can own them. */
async function ordinaryOwners(
  { session, options, version }: PreflightContext,
  subscriptions: readonly SubscriptionDemand[],
): Promise<Problem[]> {
  if (options.noOwner || version >= 16) return [];
  const rows = await session.query(
    `SELECT pg_catalog.quote_ident(rolname) AS name FROM pg_catalog.pg_roles
    WHERE rolname = ANY ($1::text[]) AND NOT rolsuper ORDER BY rolname`,
    [[...new Set(subscriptions.map(({ owner }) => owner))]],
  );
  if (rows.length === 0) return [];
  const names = rows.map(({ name }) => name ?? '');
  return [
    {
      message: `only superusers can own subscriptions, as the archive has it of ${nameList(names)}`,
      hint: `restore with --no-owner, or after: ${commandList(names, (name) => `ALTER ROLE ${name} SUPERUSER;`)}`,
    },
  ];
}
