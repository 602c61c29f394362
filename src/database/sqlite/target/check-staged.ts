import { stat } from 'node:fs/promises';
import { HoldfastError } from '../../../core/errors.ts';
import { formatCount } from '../../../core/format.ts';
import { printable } from '../../../core/printable.ts';
import type { Reporter } from '../../../core/reporter.ts';
import type { Statement } from '../../engine.ts';
import { checkIntegrity, countRows, findViolations } from '../file/check.ts';
import { openFile } from '../file/connection.ts';
import { explain } from '../file/errors.ts';
import { isWalFile, setWal } from '../file/header.ts';
import type { SqliteFacts } from '../facts.ts';
import { FILE_OBJECT, folded, readObjects } from '../schema/objects.ts';
import { thin } from '../schema/thin.ts';

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
 * @throws HoldfastError `failed`
 */
export async function checkStaged(
  path: string,
  archived: SqliteFacts,
  wanted: readonly Named[],
  reporter: Reporter,
): Promise<ReadonlySet<string>> {
  const isWal = await isWalFile(path);
  if (isWal) await setWal(path, false);
  try {
    const present = await examine(path, archived, reporter);
    const keys = new Set([...present.values()].map(keyOf));
    const missing = wanted.find((object) => !keys.has(keyOf(object)));
    if (missing !== undefined) throw lacks(missing);
    if (archived.isNarrowed === true) {
      const kept = new Set(wanted.map(keyOf));
      const dropped = [...present.values()].filter(
        (object) => object.id !== FILE_OBJECT && !kept.has(keyOf(object)),
      );
      await thin(path, { dropped, emptied: [] });
    }
    refuseNewViolations(path, archived, reporter);
    if (isWal) await setWal(path, true);
    return keys;
  } catch (error) {
    throw explain(error, path);
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
  reporter: Reporter,
): Promise<ReturnType<typeof readObjects>> {
  const { size } = await stat(path);
  const db = openFile(path, { readOnly: true });
  try {
    for (const note of await checkIntegrity(db, path)) reporter.warning(note);
    const expected = new Map(archived.contents.map(({ name, rows }) => [name, rows]));
    for (const { name, rows } of await countRows(db, [...expected.keys()])) {
      const wanted = expected.get(name);
      // A virtual table of a kind that one version knows and another does not.
      if (wanted === null || wanted === undefined || rows === null || rows === wanted) continue;
      throw new HoldfastError(
        'failed',
        `Table ${printable(name)} has ${formatCount(rows, 'row')} instead of ${formatCount(wanted, 'row')}.`,
        { hint: 'Nothing was changed.' },
      );
    }
    reporter.detail(`The new database is sound: ${formatCount(size, 'byte')}`);
    return readObjects(db);
  } finally {
    db.close();
  }
}

/** Rows without a match that the source had as well are brought as they are, and told of. */
function refuseNewViolations(path: string, archived: SqliteFacts, reporter: Reporter): void {
  const db = openFile(path, { readOnly: true });
  try {
    for (const { table, parent, rows } of findViolations(db) ?? []) {
      const known =
        archived.violations.find((one) => one.table === table && one.parent === parent)?.rows ?? 0;
      const what = `${formatCount(rows, 'row')} of ${printable(table)} point to no row of ${printable(parent)}`;
      if (rows > known) {
        throw new HoldfastError('failed', `A foreign key is broken in the file that was loaded: ${what}.`, {
          hint: 'The source had fewer of them. Nothing was changed.',
        });
      }
      reporter.warning(`As in the source, ${what}.`);
    }
  } finally {
    db.close();
  }
}
