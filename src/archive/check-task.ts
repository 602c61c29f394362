import { hash } from 'node:crypto';
import { HoldfastError, type ErrorCode } from '../core/errors.ts';
import type { ThreadAnswer } from '../core/thread.ts';
import type { HeldEntry } from './archive.ts';
import { openHeld } from './entry-content.ts';
import { checkFrame, type ExpectedPart } from './unpack-part.ts';

export interface CheckRequest {
  readonly held: HeldEntry;
  /** What the entry must be as a part of up to `WHOLE_BYTES` of rows; null where it is none. */
  readonly part: ExpectedPart | null;
  /** As `Engine.rowMarks`. */
  readonly rowMarks: string | null;
}

/** An entry that is sound in itself. */
export interface CheckedEntry {
  readonly content: Buffer;
  /** In hex. */
  readonly sha256: string;
}

/** What a thread gives: the entry, or what is wrong with it. */
export type CheckReply =
  | { readonly content: Uint8Array<ArrayBuffer>; readonly sha256: string }
  | { readonly code: ErrorCode; readonly message: string; readonly cause: unknown };

/**
 * Checks an entry as `openHeld` does, takes its digest, and checks the rows of a part. The request is used up.
 * @throws HoldfastError `damaged`
 */
export function checkHeldEntry({ held, part, rowMarks }: CheckRequest): CheckedEntry {
  const content = openHeld(held);
  const sha256 = hash('sha256', content);
  if (part !== null) checkFrame(content, part, rowMarks);
  return { content, sha256 };
}

/** The same on a thread: what it was given and what it gives is handed over. */
export function answerChecking({ held, part, rowMarks }: CheckRequest): ThreadAnswer {
  const { buffer, byteOffset, byteLength } = held.block;
  const block = Buffer.from(buffer, byteOffset, byteLength);
  let reply: CheckReply;
  try {
    const { content, sha256 } = checkHeldEntry({ held: { ...held, block }, part, rowMarks });
    reply = { content: ownBytes(content), sha256 };
  } catch (error) {
    if (!(error instanceof HoldfastError)) throw error;
    return { reply: { code: error.code, message: error.message, cause: error.cause } satisfies CheckReply };
  }
  return { reply, transfer: [reply.content.buffer] };
}

/** The same bytes in memory that can be handed over: that of a small buffer may be shared with others. */
export function ownBytes(bytes: Buffer): Buffer<ArrayBuffer> {
  if (bytes.buffer instanceof ArrayBuffer && bytes.buffer.byteLength > 2 * Buffer.poolSize)
    return bytes as Buffer<ArrayBuffer>;
  const own = Buffer.allocUnsafeSlow(bytes.length);
  own.set(bytes);
  return own;
}
