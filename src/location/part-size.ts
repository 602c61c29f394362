/** How large an archive will become, as far as that can be told before it is made. */
export interface ExpectedSize {
  /** In bytes, without compression. */
  readonly likely: number;
  /** In bytes, with a margin for what estimates miss: the archive must fit into the parts that are planned for it. */
  readonly most: number;
}

/** What all services take for one object. Source: "Amazon S3 multipart upload limits" in the S3 user guide. */
export const MOST_BYTES = 5 * 2 ** 40;

const MIB = 2 ** 20;

/** S3 takes parts from 5 MiB on; larger ones take fewer requests and are still small in memory. 10,000 have 78 GiB. */
const SMALLEST_PART = 8 * MIB;

/** What all services take for one part. Same source. */
const LARGEST_PART = 5 * 2 ** 30;

/**
 * The size of the parts in which an archive is uploaded, the last one excepted: all have the same, as some services (R2)
 * take nothing else, so it is chosen before the first.
 * @param mostParts how many parts the service takes
 */
export function choosePartBytes({ most }: ExpectedSize, mostParts: number): number {
  const needed = Math.ceil(most / mostParts / MIB) * MIB;
  const enough = Math.min(Math.ceil(MOST_BYTES / mostParts), LARGEST_PART);
  return Math.min(Math.max(needed, SMALLEST_PART), enough);
}
