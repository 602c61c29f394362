import { HoldfastError } from '../../../core/errors.ts';
import type { SourcePart } from '../../engine.ts';
import { isServerError, serverMessage } from '../connection/failure.ts';
import { copyToStatement, describeRows, type ReadTable } from '../copy.ts';
import { cutParts } from './cut.ts';
import type { Snapshot } from './snapshot.ts';

/**
 * The rows of one table on one connection of the snapshot, cut into parts.
 * @throws HoldfastError `failed` naming the table, also when the server's count is not what was read
 */
export async function* readParts(
  snapshot: Snapshot,
  table: ReadTable,
  encoding: string,
  partBytes: number,
): AsyncGenerator<SourcePart, void, void> {
  const session = await snapshot.acquire(table);
  let complete = false;
  try {
    const copy = session.copyOut(copyToStatement(table, encoding));
    let rows = 0;
    for await (const part of cutParts(explained(copy.chunks, table), table.isWhole ? Infinity : partBytes)) {
      yield part;
      rows += part.rows();
    }
    if (rows !== copy.serverRows()) {
      throw new HoldfastError(
        'failed',
        `The server counted ${copy.serverRows()} ${describeRows(table)}, but ${rows} were read.`,
        { hint: 'This must not happen. Check the network and whatever stands between here and the server.' },
      );
    }
    complete = true;
  } finally {
    if (complete) snapshot.release(session);
    else snapshot.discard(session);
  }
}

async function* explained(
  chunks: AsyncIterable<Buffer>,
  table: ReadTable,
): AsyncGenerator<Buffer, void, void> {
  try {
    yield* chunks;
  } catch (error) {
    throw cannotRead(error, table);
  }
}

const hints: Readonly<Record<string, string>> = {
  '42501':
    'A role that is not subject to row-level security is needed (a superuser, or one with BYPASSRLS) that may SELECT ' +
    'from the table. Or leave the rows out with --exclude-table-data.',
  '40001':
    'This is a standby, which had to drop rows that the snapshot needs. Raise max_standby_streaming_delay, turn ' +
    'hot_standby_feedback on, or back up the primary.',
  XX001: 'The table is damaged on disk. Restore it, or leave its rows out with --exclude-table-data.',
  XX002: 'An index is damaged. REINDEX the table and try again.',
};

function cannotRead(error: unknown, table: ReadTable): unknown {
  if (!isServerError(error)) return error;
  const hint = hints[error.code] ?? error.hint;
  return new HoldfastError('failed', `Cannot read the ${describeRows(table)}: ${serverMessage(error)}`, {
    ...(hint && { hint }),
    cause: error,
  });
}
