import { matchPaths } from '../core/glob.ts';
import type { Reporter } from '../core/reporter.ts';
import type { DatabaseSource } from '../database/engine.ts';
import type { ExpectedSize } from '../location/part-size.ts';
import { findStorage } from '../storage/registry.ts';

/** Rows in the archive are text; servers may hold them compressed, and what they say of sizes may be old. */
const ROWS_MARGIN = 4;

/** Files may grow before they are read. */
const FILES_MARGIN = 1.5;

/** What an entry takes beside its content: its headers, and its lines in the index and the checksums. */
const BYTES_PER_FILE = 4096;

/** The schema, the manifest, and all else that is small. */
const BYTES_AT_LEAST = 64 * 2 ** 20;

const QUIET: Reporter = { phase: () => {}, progress: () => {}, warning: () => {}, detail: () => {} };

export interface SizeRequest {
  readonly storages: readonly { readonly location: string }[];
  readonly excludeFiles: readonly string[];
  readonly signal: AbortSignal;
}

/** What the archive of a backup may have, from the database's statistics and a walk through all storages. */
export async function expectedSize(
  source: DatabaseSource | null,
  request: SizeRequest,
): Promise<ExpectedSize> {
  const tables = source?.tables.filter(({ withRows }) => withRows) ?? [];
  const rowBytes = tables.reduce((sum, { estimatedBytes }) => sum + estimatedBytes, 0);
  let files = 0;
  let fileBytes = 0;
  for (const { location } of request.storages) {
    for await (const { size } of listQuietly(location, request)) {
      files += 1;
      fileBytes += size;
    }
  }
  const most = BYTES_AT_LEAST + ROWS_MARGIN * rowBytes + FILES_MARGIN * fileBytes + BYTES_PER_FILE * files;
  return { likely: rowBytes + fileBytes, most };
}

/** What there is to say of it is said when it is backed up. */
async function* listQuietly(location: string, { excludeFiles, signal }: SizeRequest) {
  const storage = await findStorage(location);
  const exclude = matchPaths(excludeFiles);
  const source = await storage.openSource({ location, reporter: QUIET, signal, exclude });
  try {
    yield* source.list(() => {});
  } finally {
    await source.close();
  }
}
