import { randomBytes } from 'node:crypto';
import type { ArchiveReader } from '../../archive/archive.ts';
import { HoldfastError } from '../../core/errors.ts';
import { formatCount } from '../../core/format.ts';
import { printable } from '../../core/printable.ts';
import type { Problem } from '../../core/problem.ts';
import { planDatabase } from './plan-database.ts';
import { planStorages } from './plan-storages.ts';
import { describeProblem } from '../problems.ts';
import type { RestorePlan } from '../restore-plan.ts';
import type { Findings } from './findings.ts';
import type { PreflightRequest } from './request.ts';

/** How many of an incomplete archive's problems are listed: the list of what stands in the way is to be read. */
const REASONS_SHOWN = 10;

/**
 * Every check that a restore makes before it touches anything.
 * @param known problems that were found before
 * @throws HoldfastError `refused` that lists all that stands in the way, each with what mends it
 */
export async function preflight(
  archive: ArchiveReader,
  request: PreflightRequest,
  known: readonly Problem[],
  resources: AsyncDisposableStack,
): Promise<RestorePlan> {
  request.reporter.phase('preflight', 'Checking the target');
  const findings: Findings = { problems: [...known, ...incompleteness(archive, request)], changes: [] };
  const token = randomBytes(6).toString('hex');
  const database = await planDatabase(archive, request, findings, resources);
  const storages = await planStorages(archive, request, token, findings);
  // A target that cannot be reached fails at every step.
  const problems = new Map(findings.problems.map((problem) => [problem.message, problem]));
  if (problems.size > 0) throw refusal([...problems.values()]);
  return { token, database, storages, changes: findings.changes };
}

/** An incomplete archive is refused, or, where that is allowed, told of. */
function incompleteness({ manifest }: ArchiveReader, request: PreflightRequest): Problem[] {
  if (manifest.complete) return [];
  const reasons = manifest.problems.slice(0, REASONS_SHOWN).map((problem) => `  ${describeProblem(problem)}`);
  const more = manifest.problems.length - reasons.length;
  if (more > 0) reasons.push(`  and ${formatCount(more, 'more problem')}, which holdfast inspect shows`);
  const message = ['the archive is incomplete:', ...reasons].join('\n');
  if (!request.allowIncomplete) return [{ message, hint: '--allow-incomplete restores what there is' }];
  request.reporter.warning(message);
  return [];
}

function refusal(problems: readonly Problem[]): HoldfastError {
  // Names in them come from the archive, and may hold what a terminal obeys.
  const lines = problems.flatMap(({ message, hint }) => [...lined('- ', message), ...lined('  → ', hint)]);
  return new HoldfastError('refused', ['The restore is refused; nothing was touched:', ...lines].join('\n'));
}

function lined(mark: string, text: string): string[] {
  return text.split('\n').map((line, index) => (index === 0 ? mark : '  ') + printable(line));
}
