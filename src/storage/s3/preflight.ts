import { HoldfastError } from '../../core/errors.ts';
import { printable } from '../../core/printable.ts';
import type { Problem } from '../../core/problem.ts';
import type { Reporter } from '../../core/reporter.ts';
import type { Bucket } from '../../s3/bucket.ts';
import { ownNameOf } from './keys.ts';
import { MOST_KEY_BYTES, type Stage } from './stage.ts';

/** The longest name that a restore gives anything it makes but what it keeps for users, which may have other names. */
const LONGEST_OWN_NAME = '.holdfast-journal-0123456789ab.json';

/** What would make a restore into a prefix fail, as far as that can be seen without writing there. */
export async function problemsOf(bucket: Bucket, { prefix }: Stage, reporter: Reporter): Promise<Problem[]> {
  const bytes = Buffer.byteLength(prefix + LONGEST_OWN_NAME);
  if (bytes > MOST_KEY_BYTES) {
    return [
      {
        message: `a key with the prefix and the name of a restore's journal has ${bytes} bytes, and S3 takes ${MOST_KEY_BYTES}`,
        hint: 'name a shorter prefix',
      },
    ];
  }
  try {
    await warnOfLeftover(bucket, prefix, reporter);
    return [];
  } catch (error) {
    if (!(error instanceof HoldfastError) || error.code === 'interrupted') throw error;
    return [
      { message: error.message.replace(/\.$/, ''), hint: error.hint ?? 'run with --verbose for the cause' },
    ];
  }
}

/**
 * What lies there of a restore whose journal is gone, or lies at another of its targets. Nobody can tell whether that restore is still
 * on, so it is left for people.
 */
async function warnOfLeftover(bucket: Bucket, prefix: string, reporter: Reporter): Promise<void> {
  const own = `${prefix}.holdfast-`;
  for await (const { key } of bucket.list(own)) {
    const name = ownNameOf(key.slice(prefix.length));
    // These come behind the others.
    if (name === null || /^\.holdfast-(?:journal|kept)-/.test(name)) return;
    const url = printable(bucket.urlOf(`${prefix}${name}/`));
    reporter.warning(
      `A restore into the same place has not been finished, and its journal is not here: ${url}. If it is not running any more, run ` +
        'holdfast restore --recover where it ran. If that finds nothing, look under old/ there for what was replaced ' +
        '(old.jsonl has its keys); when nothing is missed, remove it.',
    );
    return;
  }
}
