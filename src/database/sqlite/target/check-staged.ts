import { stat } from 'node:fs/promises';
import { HoldfastError, messageOf } from '../../../core/errors.ts';
import { formatCount } from '../../../core/format.ts';
import { printable } from '../../../core/printable.ts';
import type { Reporter } from '../../../core/reporter.ts';
import type { Statement, TargetOptions } from '../../engine.ts';
import { findViolations } from '../file/check.ts';
import { explain, isUnreadable } from '../file/errors.ts';
import { examineFile } from '../file/examine.ts';
import { OwnFile } from '../file/own-file.ts';
import type { SqliteFacts, Violations } from '../facts.ts';
import { refuseBroken } from '../schema/broken.ts';
import { FILE_OBJECT, folded, readObjects, type SchemaObject } from '../schema/objects.ts';
import { thin } from '../schema/thin.ts';

type CheckOptions = Pick<TargetOptions, 'reporter' | 'signal'>;
type Named = Pick<Statement, 'kind' | 'name'>;

/** An object among those of a file. */
export function keyOf({ kind, name }: Named): string {
  return `${kind} ${folded(name)}`;
}

/**
 * Finds that a file that was loaded is a sound database which holds what the archive says, and takes out of it what is not
 * wanted.
 * @param wanted what has to be in it
 * @returns what is in it, as `keyOf` calls it
 * @throws HoldfastError `damaged` where the archive is at fault, `usage` where what is wanted is not enough, else `failed`
 */
export async function checkStaged(
  path: string,
  archived: SqliteFacts,
  wanted: readonly Named[],
  { reporter, signal }: CheckOptions,
): Promise<ReadonlySet<string>> {
  try {
    const { present, violations } = await examine(path, archived, { reporter, signal });
    const keys = new Set([...present.values()].map(keyOf));
    const missing = wanted.find((object) => !keys.has(keyOf(object)));
    if (missing !== undefined) throw lacks(missing);
    if (archived.isNarrowed !== true) {
      refuseNewViolations(violations, archived, reporter);
    } else {
      const kept = new Set(wanted.map(keyOf));
      const dropped = [...present.values()].filter(
        (object) => object.id !== FILE_OBJECT && !kept.has(keyOf(object)),
      );
      await thin(path, { dropped, emptied: [] }, signal);
      refuseBroken(present, readObjects(path));
      await using file = new OwnFile(path, { readOnly: true, signal });
      refuseNewViolations((await findViolations(file)) ?? [], archived, reporter);
    }
    return keys;
  } catch (error) {
    if (!isUnreadable(error)) throw explain(error, path);
    throw new HoldfastError(
      'damaged',
      `What the archive holds is no sound SQLite database: ${messageOf(error)}.`,
      {
        hint: 'Nothing was changed.',
        cause: error,
      },
    );
  }
}

export function lacks({ kind, name }: Named): HoldfastError {
  return new HoldfastError('failed', `The file in the archive lacks ${kind} ${printable(name)}.`, {
    hint: 'The archive does not hold what it says. Nothing was changed.',
  });
}

async function examine(
  path: string,
  archived: SqliteFacts,
  { reporter, signal }: CheckOptions,
): Promise<{ present: ReadonlyMap<number, SchemaObject>; violations: readonly Violations[] }> {
  const { size } = await stat(path);
  reporter.progress(0, 'checking its integrity');
  const { notes, contents, violations } = await examineFile(path, {
    name: 'in the archive',
    code: 'damaged',
    counted: new Set(archived.contents.map(({ name }) => name)),
    signal,
  });
  for (const note of notes) reporter.warning(note);
  const counted = new Map(contents.map(({ name, rows }) => [name, rows]));
  for (const { name, rows: wanted } of archived.contents) {
    const rows = counted.get(name);
    if (rows === undefined) throw lacks({ kind: 'TABLE', name });
    // A virtual table of a kind that one version knows and another does not.
    if (wanted === null || rows === null || rows === wanted) continue;
    throw new HoldfastError(
      'damaged',
      `Table ${printable(name)} has ${formatCount(rows, 'row')} instead of ${formatCount(wanted, 'row')}.`,
      { hint: 'Nothing was changed.' },
    );
  }
  reporter.detail(`The new database is sound: ${formatCount(size, 'byte')}`);
  return { present: readObjects(path), violations };
}

/** Rows without a match that the source had as well are brought as they are, and told of. */
function refuseNewViolations(
  violations: readonly Violations[],
  archived: SqliteFacts,
  reporter: Reporter,
): void {
  for (const { table, parent, rows } of violations) {
    const known = archived.violations.find((one) => one.table === table && one.parent === parent)?.rows ?? 0;
    const what = `${formatCount(rows, 'row')} of ${printable(table)} point to no row of ${printable(parent)}`;
    if (rows > known) {
      throw new HoldfastError('damaged', `A foreign key is broken in the file that was loaded: ${what}.`, {
        hint: 'The source had fewer of them. Nothing was changed.',
      });
    }
    reporter.warning(`As in the source, ${what}.`);
  }
}
