import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { ResumingBody } from '../../src/s3/resuming-body.ts';
import { failureOf } from './buckets.ts';

/** A body of `length` bytes, each answer of which gives `step` bytes less than were promised, and then ends. */
function bodyInSteps(length: number, step: number) {
  const starts: number[] = [];
  const answer = (from: number) => Readable.from(step === 0 ? [] : [Buffer.alloc(step, from)]);
  const body = new ResumingBody({
    body: answer(0),
    length,
    reopen: async (from) => {
      starts.push(from);
      return answer(from);
    },
    onBreak: () => {},
    explain: (error) => new Error(`given up: ${error.message}`),
    idleTimeout: 1000,
    signal: new AbortController().signal,
  });
  return { body, starts };
}

test('goes on as long as something comes', async () => {
  const { body, starts } = bodyInSteps(20, 2);
  expect(Buffer.concat((await body.toArray()) as Buffer[]).length).toBe(20);
  expect(starts).toEqual([2, 4, 6, 8, 10, 12, 14, 16, 18]);
});

test('gives up when nothing comes several times in a row', async () => {
  const { body, starts } = bodyInSteps(20, 0);
  expect((await failureOf(body.toArray())).message).toBe('given up: the answer was cut off');
  expect(starts).toEqual([0, 0, 0, 0, 0]);
});

test('gives no more than was promised', async () => {
  const { body } = bodyInSteps(3, 2);
  expect(Buffer.concat((await body.toArray()) as Buffer[])).toEqual(Buffer.from([0, 0, 2]));
});
