import { printable } from '../../../core/printable.ts';
import { OWNER_KIND, PRIVILEGES_KIND, type Statement, type TargetOptions } from '../../engine.ts';
import { isEncodingSetting } from '../catalog/settings.ts';
import type { Cleared } from './clear.ts';

/** Whether a load does without a statement; says so where something is missing then. */
export function isLeftOut(
  statement: Statement,
  room: Cleared,
  options: Pick<TargetOptions, 'noOwner' | 'noPrivileges' | 'reporter'>,
): boolean {
  if (isPassedOver(statement, room, options)) return true;
  if (!isUntouchable(statement, room)) return false;
  const change = printable(`${statement.kind.toLowerCase()} of ${statement.name}`);
  options.reporter.warning(`Left out, for others own what it is about: ${change}.`);
  return true;
}

/** What it does is done, is done in another way, or is not wanted. */
function isPassedOver(
  statement: Statement,
  { keptSchemas }: Cleared,
  { noOwner, noPrivileges }: Pick<TargetOptions, 'noOwner' | 'noPrivileges'>,
): boolean {
  const { kind, name } = statement;
  if (kind === 'SCHEMA' && keptSchemas.has(name)) return true;
  // For other clients, which wait as long as it takes. This one gives up and says who is in the way.
  if (kind === 'SETTING' && name === 'lock_timeout') return true;
  // The session has it already.
  if (isEncodingSetting(statement)) return true;
  return (kind === OWNER_KIND && noOwner) || (kind === PRIVILEGES_KIND && noPrivileges);
}

/** Whether a statement changes what belongs to others and was kept. */
function isUntouchable(statement: Statement, { untouchable }: Cleared): boolean {
  return untouchable.some((object) => isAbout(statement, object));
}

/** Whether a statement changes the owner, the grants or the comment of an object that has no schema. */
function isAbout({ kind, schema, sql }: Statement, object: string): boolean {
  if (schema !== null || ![OWNER_KIND, PRIVILEGES_KIND, 'COMMENT'].includes(kind)) return false;
  const at = sql.indexOf(`${object} `);
  return at >= 0 && /^ALTER $| ON $/.test(sql.slice(0, at));
}
