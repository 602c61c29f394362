import type { Readable } from 'node:stream';
import type { TableInfo } from '../engine.ts';
import { quoteLiteral } from './catalog/identifiers.ts';
import { copyLargeObjects, createStage, emptyStage, isLargeObjectData } from './catalog/large-object-data.ts';
import type { Session } from './connection/session.ts';
import { copyFromStatement } from './copy.ts';

/** Loads rows of a table, or of large objects' contents, in the session's transaction; returns how many the server counted. */
export async function loadRows(
  session: Session,
  table: TableInfo,
  encoding: string,
  rows: Readable,
): Promise<number> {
  if (!isLargeObjectData(table)) return session.copyIn(copyFromStatement(table, encoding), rows);
  await session.run(createStage);
  const count = await session.copyIn(copyLargeObjects(quoteLiteral(encoding), true), rows);
  await session.run(emptyStage);
  return count;
}
