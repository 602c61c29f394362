import { hash } from 'node:crypto';
import type { Transferable } from 'node:worker_threads';
import { HoldfastError, type ErrorCode } from '../core/errors.ts';
import type { ThreadAnswer } from '../core/thread.ts';
import type { HeldEntries } from './archive.ts';
import { openHeld } from './held-entries.ts';
import { checkFrame, type ExpectedPart } from './unpack-part.ts';

export interface CheckRequest {
  readonly held: HeldEntries;
  /** What each entry must be as a part of up to `WHOLE_BYTES` of rows; null where it is none. */
  readonly parts: readonly (ExpectedPart | null)[];
  /** As `Engine.rowMarks`. */
  readonly rowMarks: string | null;
}

/** An entry that is sound in itself. */
export interface CheckedEntry {
  /** What is stored is a part of the block that was held. */
  readonly content: Buffer;
  /** In hex. */
  readonly sha256: string;
}

/** The entries up to the first one that is damaged, and what is wrong with that. */
export interface CheckedEntries {
  readonly sound: readonly CheckedEntry[];
  readonly damage: HoldfastError | null;
}

/** What a thread gives. */
export interface CheckReply {
  readonly sound: readonly { readonly content: Uint8Array<ArrayBuffer>; readonly sha256: string }[];
  readonly damage: { readonly code: ErrorCode; readonly message: string; readonly cause: unknown } | null;
}

/** Checks entries as `openHeld` does, takes their digests, and checks the rows of parts. */
export function checkHeldEntries({ held, parts, rowMarks }: CheckRequest): CheckedEntries {
  const sound: CheckedEntry[] = [];
  try {
    for (const content of openHeld(held)) {
      const sha256 = hash('sha256', content);
      const part = parts[sound.length] ?? null;
      if (part !== null) checkFrame(content, part, rowMarks);
      sound.push({ content, sha256 });
    }
  } catch (error) {
    if (!(error instanceof HoldfastError)) throw error;
    return { sound, damage: error };
  }
  return { sound, damage: null };
}

/** The same on a thread: what it was given and what it gives is handed over. */
export function answerChecking(request: CheckRequest): ThreadAnswer {
  const { buffer, byteOffset, byteLength } = request.held.block;
  const held = { ...request.held, block: Buffer.from(buffer, byteOffset, byteLength) };
  const { sound, damage } = checkHeldEntries({ ...request, held });
  const reply: CheckReply = {
    sound: sound.map(({ content, sha256 }) => ({ content: ownBytes(content), sha256 })),
    damage: damage && { code: damage.code, message: damage.message, cause: damage.cause },
  };
  return { reply, transfer: [...new Set<Transferable>(reply.sound.map(({ content }) => content.buffer))] };
}

/** The same bytes in memory that can be handed over: that of a small buffer may be shared with others. */
export function ownBytes(bytes: Buffer): Buffer<ArrayBuffer> {
  if (bytes.buffer instanceof ArrayBuffer && bytes.buffer.byteLength > 2 * Buffer.poolSize)
    return bytes as Buffer<ArrayBuffer>;
  const own = Buffer.allocUnsafeSlow(bytes.length);
  own.set(bytes);
  return own;
}
