import type { ManifestProblem } from '../archive/manifest.ts';
import { printable } from '../core/printable.ts';

/** A problem of the manifest as a line for people. */
export function describeProblem(problem: ManifestProblem): string {
  const where = [problem.storage, problem.path].filter((part) => part !== undefined).map(printable);
  return `${where.join('/') || problem.kind}: ${printable(problem.reason)}`;
}
