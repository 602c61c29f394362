import type { ManifestProblem } from '../archive/manifest.ts';
import { HoldfastError } from '../core/errors.ts';
import { formatCount } from '../core/format.ts';
import { printable } from '../core/printable.ts';

/** Far less than a manifest can hold, and what more come to is no backup. */
const MOST = 50_000;
const MOST_CHARACTERS = 8 << 20;

/** What could not be backed up, or not as one state, for the manifest. Takes bounded memory. */
export class ProblemList {
  readonly #problems: ManifestProblem[] = [];
  #characters = 0;
  #first: ManifestProblem | null = null;

  add(problem: ManifestProblem): void {
    this.#characters += (problem.path?.length ?? 0) + problem.reason.length;
    if (this.#problems.length < MOST && this.#characters < MOST_CHARACTERS) this.#problems.push(problem);
    else this.#first ??= problem;
  }

  /** @throws as `requireFew` */
  all(): readonly ManifestProblem[] {
    this.requireFew();
    return this.#problems;
  }

  /** @throws HoldfastError `failed` when there are more than an archive names */
  requireFew(): void {
    if (this.#first === null) return;
    const count = formatCount(this.#problems.length, 'file');
    throw new HoldfastError(
      'failed',
      `More than ${count} cannot be backed up as they should, for one ${describeProblem(this.#first)}`,
      {
        hint: 'Run holdfast as a user who may read them, or leave them out with --exclude.',
      },
    );
  }
}

/** A problem of the manifest as a line for people. */
export function describeProblem(problem: ManifestProblem): string {
  const where = [problem.storage, problem.path].filter((part) => part !== undefined).map(printable);
  return `${where.join('/') || problem.kind}: ${printable(problem.reason)}`;
}
