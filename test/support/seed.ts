import process from 'node:process';

/**
 * What random input of the tests is made from: the same in each run, so that a run fails for what was changed alone.
 * HOLDFAST_TEST_SEED gives another.
 */
export const SEED = seedFrom(process.env['HOLDFAST_TEST_SEED'] ?? '20260101');

function seedFrom(text: string): number {
  const seed = Number(text);
  if (/^\d+$/.test(text) && seed < 2 ** 31) return seed;
  throw new Error(`HOLDFAST_TEST_SEED is ${text}: a whole number below 2^31 is wanted.`);
}
