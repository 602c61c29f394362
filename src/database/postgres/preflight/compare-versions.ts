/**
 * Compares two versions of extensions, whose text means nothing to the server: −1, 0 or 1 where both are numbers with
 * points between (1.10 comes after 1.9), null where nobody can tell.
 */
export function compareVersions(a: string, b: string): -1 | 0 | 1 | null {
  const [first, second] = [a, b].map((version) =>
    /^\d+(\.\d+)*$/.test(version) ? version.split('.').map(BigInt) : undefined,
  );
  if (first === undefined || second === undefined) return null;
  for (let index = 0; index < Math.max(first.length, second.length); index += 1) {
    const [left, right] = [first[index] ?? 0n, second[index] ?? 0n];
    if (left !== right) return left < right ? -1 : 1;
  }
  return 0;
}
