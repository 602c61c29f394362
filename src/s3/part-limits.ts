/** Source: "Amazon S3 multipart upload limits" in the S3 user guide; other services take no more. */
const MOST_PARTS = 10_000;

/** Services that take fewer, by their hosts. Source: Scaleway's documentation, "Multipart uploads". */
const FEWER_PARTS: readonly (readonly [host: RegExp, parts: number])[] = [[/(^|\.)scw\.cloud$/i, 1000]];

/** How many parts an object may be uploaded in. @param endpoint the service's URL; null for AWS itself */
export function mostPartsAt(endpoint: string | null): number {
  if (endpoint === null) return MOST_PARTS;
  const { hostname } = new URL(endpoint);
  return FEWER_PARTS.find(([host]) => host.test(hostname))?.[1] ?? MOST_PARTS;
}
