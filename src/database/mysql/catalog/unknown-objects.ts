import { HoldfastError } from '../../../core/errors.ts';
import type { Session } from '../connection/session.ts';
import { type SchemaObject } from './object.ts';
import { idOf } from './selection.ts';

/** Kinds of tables that are not the database's. */
const TEMPORARY: ReadonlySet<string> = new Set(['TEMPORARY', 'TEMPORARY SEQUENCE', 'LOCAL TEMPORARY']);

/**
 * Refuses a database with objects that nothing has read: of a kind that only newer servers have.
 * @throws HoldfastError `failed` naming one of them
 */
export async function refuseUnknownObjects(
  session: Session,
  objects: readonly SchemaObject[],
): Promise<void> {
  const known = new Set(objects.map(idOf));
  const tables = await session.query(`
    SELECT TABLE_NAME AS name, TABLE_TYPE AS kind FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE()`);
  const routines = await session.query(`
    SELECT ROUTINE_NAME AS name, ROUTINE_TYPE AS kind FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = DATABASE()`);
  const isKnown = (kind: string | null | undefined, name: string | null | undefined) =>
    known.has(idOf({ kind: kind ?? '', name: name ?? '' }));
  const unknown =
    tables.find(({ name, kind }) => !TEMPORARY.has(kind ?? '') && !isKnown('TABLE', name)) ??
    routines.find(({ name, kind }) => !isKnown(kind, name));
  if (unknown === undefined) return;
  throw new HoldfastError(
    'failed',
    `This version of Holdfast cannot back up ${unknown['name']}, which is a ${(unknown['kind'] ?? '').toLowerCase()}.`,
    { hint: 'Use a newer version, or back the database up without it.' },
  );
}
