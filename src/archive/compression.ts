import { promisify } from 'node:util';
import { deflateRaw } from 'node:zlib';
import type { EntryMethod } from './archive.ts';

/** How much of a file's beginning `chooseMethod` looks at. */
export const SAMPLE_BYTES = 64 * 1024;

/** What deflating must save to be worth the time. */
const WORTHWHILE_SAVING = 0.1;

const deflate = promisify(deflateRaw);

/** Whether a file that begins with `sample` is worth deflating: not when it is compressed already, or empty. */
export async function chooseMethod(sample: Uint8Array): Promise<EntryMethod> {
  const beginning = sample.subarray(0, SAMPLE_BYTES);
  const deflated = await deflate(beginning, { level: 1 });
  return deflated.length < beginning.length * (1 - WORTHWHILE_SAVING) ? 'deflate' : 'store';
}
