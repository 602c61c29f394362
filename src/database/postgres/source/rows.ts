import { HoldfastError } from '../../../core/errors.ts';
import type { SourcePart } from '../../engine.ts';
import { isServerError, serverMessage } from '../connection/failure.ts';
import { copyTarget } from '../connection/copy-decoder.ts';
import type { CopyOut } from '../connection/session.ts';
import { copyToStatement, describeRows, type PageRange, type ReadTable } from '../copy.ts';
import { PAGE_SCAN_SETTINGS } from './slices.ts';
import type { Snapshot } from './snapshot.ts';

/** How much is read at a time for who wants chunks. */
const CHUNK_BYTES = 256 << 10;

/**
 * The rows of one table, or of some of its pages, on one connection of the snapshot, cut into parts: each ends at the first row
 * boundary at or past `partBytes`. Without rows there is no part.
 * @throws HoldfastError `failed` naming the table, also when the server's count is not what was read
 */
export async function* readParts(
  snapshot: Snapshot,
  table: ReadTable,
  encoding: string,
  partBytes: number,
  pages: PageRange | null = null,
): AsyncGenerator<SourcePart, void, void> {
  const session = await snapshot.acquire(table);
  let complete = false;
  try {
    if (pages !== null) await session.run(PAGE_SCAN_SETTINGS);
    const copy = session.copyOut(copyToStatement(table, encoding, pages));
    let rows = 0;
    while (await explained(copy.hasMore(), table)) {
      const part = new CopyPart(copy, table, table.isWhole ? Infinity : partBytes);
      yield part;
      if (!part.hasEnded) throw new Error('a part must be read to its end before the next one');
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

/** The rows of a COPY from one boundary to another. A row of any size passes through. */
class CopyPart implements SourcePart {
  readonly #copy: CopyOut;
  readonly #table: ReadTable;
  readonly #partBytes: number;
  readonly chunks: AsyncIterable<Buffer>;
  #bytes = 0;
  #rows = 0;
  hasEnded = false;

  constructor(copy: CopyOut, table: ReadTable, partBytes: number) {
    this.#copy = copy;
    this.#table = table;
    this.#partBytes = partBytes;
    this.chunks = this.#read();
  }

  rows(): number {
    return this.#rows;
  }

  async fill(buffer: Buffer): Promise<number> {
    if (this.hasEnded) return 0;
    const target = copyTarget(buffer, this.#partBytes - this.#bytes);
    await explained(this.#copy.read(target), this.#table);
    this.#bytes += target.used;
    this.#rows += target.rows;
    this.hasEnded = target.isCut || target.used < buffer.length;
    return target.used;
  }

  async *#read(): AsyncGenerator<Buffer, void, void> {
    while (!this.hasEnded) {
      const buffer = Buffer.allocUnsafeSlow(CHUNK_BYTES);
      const size = await this.fill(buffer);
      if (size > 0) yield buffer.subarray(0, size);
    }
  }
}

async function explained<Value>(work: Promise<Value>, table: ReadTable): Promise<Value> {
  try {
    return await work;
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
