import { quoteName } from './columns.ts';

/** An account written for SQL: `app@%` and `app`@`%`; a role has no host. */
export function quoteAccount(account: string): string {
  const at = account.lastIndexOf('@');
  if (at === -1 || at === account.length - 1) return quoteName(at === -1 ? account : account.slice(0, at));
  return `${quoteName(account.slice(0, at))}@${quoteName(account.slice(at + 1))}`;
}
