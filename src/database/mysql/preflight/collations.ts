import type { Problem } from '../../../core/problem.ts';
import { nameList, plural } from '../../../core/name-lists.ts';
import { quoteName } from '../columns.ts';
import { attempt } from './attempt.ts';
import type { PreflightContext } from './context.ts';

/** `ER_UNKNOWN_COLLATION`, `ER_UNKNOWN_CHARACTER_SET`. */
const UNKNOWN = new Set([1273, 1115]);

/** Collations and character sets of the archive's that the target does not know. Tried, for servers list some under other names. */
export async function collationProblems({ session, archived }: PreflightContext): Promise<Problem[]> {
  const missing: string[] = [];
  for (const collation of new Set([archived.collation, ...archived.requires.collations])) {
    const characterSet = collation.split('_')[0] ?? '';
    const error = await attempt(
      session,
      `SELECT CONVERT('' USING ${quoteName(characterSet)}) COLLATE ${quoteName(collation)}`,
    );
    if (error !== null && UNKNOWN.has(error.code)) missing.push(collation);
  }
  if (missing.length === 0) return [];
  return [
    {
      message: `the target server does not know the ${plural(missing, 'collation')} ${nameList(missing)}`,
      hint:
        `restore into ${serverFor(missing)}, or give what uses it another collation at the source and back up again (tables: ALTER TABLE … ` +
        'CONVERT TO CHARACTER SET … COLLATE …; views, routines, triggers and events: make them again behind SET NAMES … COLLATE …)',
    },
  ];
}

function serverFor(collations: readonly string[]): string {
  if (collations.every((name) => name.includes('_0900_')))
    return 'MySQL 8.0 or newer, or MariaDB 11.4.5 or newer';
  if (collations.every((name) => name.includes('uca1400'))) return 'MariaDB 10.10 or newer';
  return 'a server that has it';
}
