import { expect } from 'vitest';
import { HoldfastError } from '../../src/core/errors.ts';
import { fc } from '../support/fast-check.ts';

/** Runs a reader, which may refuse what it is given as `damaged` and must not fail in any other way. */
export async function refusesAtMost(read: () => Promise<unknown>): Promise<void> {
  try {
    await read();
  } catch (error) {
    expect(error).toBeInstanceOf(HoldfastError);
    // `failed` is for archives of a newer format.
    expect(['damaged', 'failed']).toContain((error as HoldfastError).code);
    expect((error as HoldfastError).message.length).toBeLessThan(2000);
  }
}

/** Bytes that look like what a reader wants, and bytes that do not. */
export const bytes = fc
  .oneof(
    fc.uint8Array({ maxLength: 300 }),
    fc.string({ unit: 'binary', maxLength: 300 }).map((text) => Buffer.from(text)),
  )
  .map((array) => Buffer.from(array));

/** A text cut into chunks at any places. */
export async function* cut(text: Buffer, lengths: readonly number[]): AsyncGenerator<Buffer, void, void> {
  let position = 0;
  for (const length of lengths) {
    yield text.subarray(position, position + length);
    position += length;
  }
  yield text.subarray(Math.min(position, text.length));
}

export const cuts = fc.array(fc.nat({ max: 40 }), { maxLength: 30 });
