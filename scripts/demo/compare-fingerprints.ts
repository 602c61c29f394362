import type { Fingerprint } from './database-fingerprint.ts';

/** Every difference between two fingerprints, a line each; empty when they are equal. */
export function differences(before: Fingerprint, after: Fingerprint): string[] {
  const found: string[] = [];
  for (const [thing, state] of before) {
    const now = after.get(thing);
    if (now === undefined) found.push(`${thing}: missing`);
    else if (now !== state) found.push(`${thing}: was ${state}, is ${now}`);
  }
  for (const thing of after.keys()) {
    if (!before.has(thing)) found.push(`${thing}: was not there before`);
  }
  return found;
}
