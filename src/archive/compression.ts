import { promisify } from 'node:util';
import { deflateRaw, deflateRawSync } from 'node:zlib';
import type { EntryMethod } from './archive.ts';

/** How much of a file's beginning `chooseMethod` looks at. */
export const SAMPLE_BYTES = 64 * 1024;

/** What deflating must save to be worth the time. */
const WORTHWHILE_SAVING = 0.1;

/** Up to here deflating takes less time than the way to another thread and back. */
const SYNC_BYTES = 8 * 1024;

const LEVEL = 6;

const deflateInPool = promisify(deflateRaw);

/** The raw deflated form of `content`. */
export async function deflate(content: Buffer, level = LEVEL): Promise<Buffer> {
  return content.length <= SYNC_BYTES
    ? deflateRawSync(content, { level })
    : deflateInPool(content, { level });
}

/** Whether a file that begins with `sample` is worth deflating: not when it is compressed already, or empty. */
export async function chooseMethod(sample: Buffer): Promise<EntryMethod> {
  const beginning = sample.subarray(0, SAMPLE_BYTES);
  return isWorthwhile(beginning, await deflate(beginning, 1)) ? 'deflate' : 'store';
}

/** The method for a file that is held whole, with its deflated form where that is the one; for `ArchiveWriter.add`. */
export async function pack(content: Buffer): Promise<{ method: EntryMethod; deflated?: Buffer }> {
  if (content.length > SAMPLE_BYTES && (await chooseMethod(content)) === 'store') return { method: 'store' };
  const deflated = await deflate(content);
  return isWorthwhile(content, deflated) ? { method: 'deflate', deflated } : { method: 'store' };
}

function isWorthwhile(content: Buffer, deflated: Buffer): boolean {
  return deflated.length < content.length * (1 - WORTHWHILE_SAVING);
}
