import { HoldfastError } from '../../core/errors.ts';
import type { Problem } from '../../core/problem.ts';
import type { PlannedChange } from '../restore-plan.ts';

/** What several steps of a preflight find, in the order in which they find it. */
export interface Findings {
  readonly problems: Problem[];
  readonly changes: PlannedChange[];
}

/** What is told of a target that cannot be looked at; other errors are thrown: the call is wrong, or was interrupted. */
export function problemOf(error: unknown): Problem {
  if (!(error instanceof HoldfastError) || error.code !== 'failed') throw error;
  return { message: error.message, hint: error.hint ?? 'mend that, then try again' };
}
