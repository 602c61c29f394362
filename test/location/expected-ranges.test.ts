import { expect, it } from 'vitest';
import { ExpectedRanges } from '../../src/location/expected-ranges.ts';
import { fc } from '../support/fast-check.ts';

const GAP = 256 << 10;
const UNIT = GAP / 4;

it('knows every byte that was added, and none that lies farther from them than a gap', () => {
  const range = fc.tuple(fc.nat(400), fc.integer({ min: 1, max: 30 }));
  fc.assert(
    fc.property(fc.array(range, { maxLength: 40 }), fc.nat(430), (added, from) => {
      const ranges = new ExpectedRanges();
      for (const [start, length] of added) ranges.add(start * UNIT, (start + length) * UNIT);
      const known = [...ranges.from(0)];
      for (const [index, { start, end }] of known.entries()) {
        expect(start).toBeLessThan(end);
        if (index > 0) expect(start - (known[index - 1]?.end ?? 0)).toBeGreaterThan(GAP);
      }
      for (const [start, length] of added)
        expect(known.some((one) => one.start <= start * UNIT && one.end >= (start + length) * UNIT)).toBe(
          true,
        );
      for (const { start, end } of known) {
        expect(added.some(([at]) => at * UNIT === start)).toBe(true);
        expect(added.some(([at, length]) => (at + length) * UNIT === end)).toBe(true);
      }
      const place = from * UNIT;
      const holding = known.find(({ start, end }) => start <= place && place < end);
      expect(ranges.endAt(place)).toBe(holding?.end);
      expect([...ranges.from(place)]).toEqual(
        known
          .filter(({ end }) => end > place)
          .map(({ start, end }) => ({ start: Math.max(start, place), end })),
      );
    }),
  );
});
