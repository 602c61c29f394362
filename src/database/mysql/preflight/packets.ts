import type { Problem } from '../../../core/problem.ts';
import type { PreflightContext } from './context.ts';

/** No server takes more, in bytes. */
const LIMIT = 1024 * 1024 * 1024;
const STEP = 1024 * 1024;

/** Rows that are larger than what the target takes at a time. */
export function packetProblems({ archived, variables }: PreflightContext): Promise<Problem[]> {
  const most = Number(variables.get('max_allowed_packet'));
  // The byte before a statement is the command's.
  const needed = archived.largestStatement + 1;
  if (!(needed > most)) return Promise.resolve([]);
  const advice = Math.ceil((needed + STEP) / STEP) * STEP;
  return Promise.resolve([
    {
      message: `the archive has a row that takes a statement of ${archived.largestStatement} bytes, and the target server takes ${most} (max_allowed_packet)`,
      hint:
        advice > LIMIT
          ? 'no server takes as much; make the row smaller at the source and back up again'
          : `as an administrator: SET GLOBAL max_allowed_packet = ${advice};`,
    },
  ]);
}
