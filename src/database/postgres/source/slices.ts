import type { TableSlice } from '../../engine.ts';
import type { SchemaTable } from '../catalog/schema-table.ts';
import type { PageRange } from '../copy.ts';

/**
 * How much of a table, on the server's disk, is read as one: enough that what a COPY costs by itself does not count, and little
 * enough that connections end at about the same time.
 */
const SLICE_BYTES = 32 << 20;

/** Some pages of a table, or all of it. */
export interface PageSlice extends TableSlice {
  readonly pages: PageRange | null;
}

/**
 * What is run before pages are read: the server must go straight to them, whatever it is set to, and not share the work out, which
 * would mix the rows up.
 */
export const PAGE_SCAN_SETTINGS =
  'SET LOCAL enable_tidscan = on; SET LOCAL max_parallel_workers_per_gather = 0';

/**
 * Cuts a table into runs of pages. What its rows take elsewhere (TOAST) is thought to be spread over them evenly. The last slice
 * has no end, so that it does not matter when the pages were counted; which rows there are is the snapshot's to say.
 */
export function slicesOf(
  { estimatedBytes, pages, query, columns }: SchemaTable,
  sliceBytes = SLICE_BYTES,
): readonly PageSlice[] {
  const isDivisible = pages !== undefined && query === undefined && columns.length > 0;
  const count = isDivisible ? Math.min(Math.floor(estimatedBytes / sliceBytes), pages) : 1;
  if (count < 2) return [{ estimatedBytes, pages: null }];
  const startOf = (slice: number): number => Math.floor((slice * pages!) / count);
  return Array.from({ length: count }, (_, slice) => ({
    estimatedBytes: estimatedBytes / count,
    pages: { from: startOf(slice), to: slice === count - 1 ? null : startOf(slice + 1) },
  }));
}
