import { HoldfastError } from '../core/errors.ts';
import type { Environment } from './environment.ts';

/** The database that is meant: the option (or HOLDFAST_DATABASE), else DATABASE_URL; null when there is none. */
export function findDatabaseUrl(option: string | undefined, env: Environment): string | null {
  return (option ?? env['DATABASE_URL']) || null;
}

/**
 * The same for a command that needs one.
 * @throws HoldfastError `usage` when there is none: a backup that forgot its database must not pass for one
 */
export function databaseUrl(option: string | undefined, env: Environment): string {
  const url = findDatabaseUrl(option, env);
  if (url !== null) return url;
  throw new HoldfastError('usage', 'No database is given.', {
    hint: 'Give --database URL, or set HOLDFAST_DATABASE or DATABASE_URL; --skip-database works on files alone.',
  });
}
