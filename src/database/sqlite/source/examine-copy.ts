import { formatCount } from '../../../core/format.ts';
import { printable } from '../../../core/printable.ts';
import type { SourceOptions } from '../../engine.ts';
import type { SqliteFacts } from '../facts.ts';
import { explain } from '../file/errors.ts';
import { examineFile } from '../file/examine.ts';

export interface CopyExaminationOptions extends Pick<SourceOptions, 'reporter' | 'signal'> {
  readonly copy: string;
  /** The folder that copies are in, for messages. */
  readonly folder: string;
  /** The database's, for messages. */
  readonly path: string;
}

/**
 * Finds a copy sound, beside other work on it, and says what only reading all of it tells.
 * @throws HoldfastError with what is wrong
 */
export async function examineCopy({
  copy,
  folder,
  path,
  reporter,
  signal,
}: CopyExaminationOptions): Promise<Pick<SqliteFacts, 'contents' | 'violations'>> {
  try {
    const { notes, contents, violations } = await examineFile(copy, { name: path, code: 'failed', signal });
    for (const note of notes) reporter.warning(note);
    for (const { table, parent, rows } of violations) {
      reporter.warning(
        `Foreign key without a match: of ${formatCount(rows, 'row')} of ${printable(table)} to ${printable(parent)}`,
      );
    }
    return { contents, violations };
  } catch (error) {
    throw explain(error, path, folder);
  }
}
