import { stat } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import type { TableContent } from '../../engine.ts';
import type { Violations } from '../facts.ts';
import { checkIntegrity, countRows, findViolations } from './check.ts';
import { OwnFiles } from './own-files.ts';

/** Smaller files are checked before more threads are of use. */
const SPLIT_BYTES = 16 << 20;

/** One checks, another one counts. */
const LEAST_THREADS = 2;

/** Each takes some 10 MiB. */
const MOST_THREADS = 4;

/** What there is to say of a sound file. */
export interface Examination {
  /** What could not be checked, and rows that break rules of their tables. */
  readonly notes: readonly string[];
  readonly contents: readonly TableContent[];
  /** Rows that point to nothing. */
  readonly violations: readonly Violations[];
}

export interface ExaminationOptions {
  /** The database's, for messages. */
  readonly name: string;
  /** Of the error, when the file is damaged. */
  readonly code: 'failed' | 'damaged';
  /** Tables whose rows are counted; all unless given. */
  readonly counted?: ReadonlySet<string>;
  readonly signal: AbortSignal;
}

/**
 * Finds a file sound, which nobody changes meanwhile, and says what is in it. It is read in several threads.
 * @throws HoldfastError with what is wrong
 */
export async function examineFile(
  path: string,
  { name, code, counted, signal }: ExaminationOptions,
): Promise<Examination> {
  const isSplit = (await stat(path)).size > SPLIT_BYTES;
  const threads = isSplit ? Math.min(MOST_THREADS, availableParallelism()) : 0;
  await using files = new OwnFiles(path, Math.max(LEAST_THREADS, threads), signal);
  const contents = files.run((file) => countRows(file, counted));
  const check = checkIntegrity(files, { name, code, isSplit, contents });
  const violations = files.run(findViolations);
  await Promise.allSettled([check, contents, violations]);
  // Damage that the others stumble over is told best by the check.
  const notes = await check;
  return { notes, contents: await contents, violations: (await violations) ?? [] };
}
