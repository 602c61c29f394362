import type { Base, Mutation } from './mutation.ts';
import type { Random } from '../../support/random.ts';

/** What happens to files by accident, of archives and crypts alike. */
export const BYTE_MUTATIONS: readonly Mutation[] = [
  change('bits flipped', (bytes, random) => {
    for (let left = 1 + random.below(3); left > 0; left--)
      bytes[somewhere(bytes, random)]! ^= 1 << random.below(8);
    return bytes;
  }),
  change('bytes overwritten', (bytes, random) => {
    random.bytes(1 + random.below(64)).copy(bytes, somewhere(bytes, random));
    return bytes;
  }),
  change('bytes zeroed', (bytes, random) => {
    const { start, end } = range(bytes, random);
    return bytes.fill(0, start, end);
  }),
  change('cut at the end', (bytes, random) => bytes.subarray(0, somewhere(bytes, random))),
  change('cut at the beginning', (bytes, random) => bytes.subarray(1 + random.below(bytes.length - 1))),
  change('bytes cut out', (bytes, random) => {
    const { start, end } = range(bytes, random);
    return Buffer.concat([bytes.subarray(0, start), bytes.subarray(end)]);
  }),
  change('bytes inserted', (bytes, random) => {
    const at = somewhere(bytes, random);
    return Buffer.concat([bytes.subarray(0, at), random.bytes(1 + random.below(64)), bytes.subarray(at)]);
  }),
  change('bytes repeated', (bytes, random) => {
    const { start, end } = range(bytes, random);
    return Buffer.concat([bytes.subarray(0, end), bytes.subarray(start)]);
  }),
  change('bytes copied over others', (bytes, random) => {
    const { start, end } = range(bytes, random);
    bytes.copy(bytes, somewhere(bytes, random), start, end);
    return bytes;
  }),
  change('two ranges swapped', (bytes, random) => {
    const [first, second, third] = [0, 1, 2].map(() => somewhere(bytes, random)).toSorted((a, b) => a - b);
    return Buffer.concat([
      bytes.subarray(0, first),
      bytes.subarray(second, third),
      bytes.subarray(first, second),
      bytes.subarray(third),
    ]);
  }),
  change('bytes before or after', (bytes, random) => {
    const extra =
      random.below(2) === 0 ? random.bytes(1 + random.below(64)) : Buffer.alloc(1 + random.below(5000));
    return Buffer.concat(random.below(2) === 0 ? [extra, bytes] : [bytes, extra]);
  }),
];

function change(kind: string, apply: (copy: Buffer, random: Random) => Buffer): Mutation {
  return { kind, outcome: 'refused', apply: ({ bytes }: Base, random) => apply(Buffer.from(bytes), random) };
}

/** A position: as often near an end, where the records and headers are, as anywhere. */
function somewhere(bytes: Buffer, random: Random): number {
  const near = Math.min(bytes.length, 4000);
  switch (random.below(4)) {
    case 0:
      return random.below(Math.min(near, 100));
    case 1:
      return bytes.length - 1 - random.below(near);
    default:
      return random.below(bytes.length);
  }
}

function range(bytes: Buffer, random: Random): { start: number; end: number } {
  const start = somewhere(bytes, random);
  const length = 1 + random.below(random.below(2) === 0 ? 16 : 5000);
  return { start, end: Math.min(bytes.length, start + length) };
}
