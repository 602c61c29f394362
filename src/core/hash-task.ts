import { createHash } from 'node:crypto';
import type { ThreadAnswer } from './thread.ts';

/** Memory that threads share, in slots of `SLOT_BYTES`. */
export interface HashOptions {
  readonly memory: SharedArrayBuffer;
}

export const SLOT_BYTES = 1 << 20;

/** The next bytes to hash are the first ones of a slot; null asks for the digest in hex. */
export type HashRequest = { readonly slot: number; readonly bytes: number } | null;

/** Hashes what is put into shared memory, with SHA-256. */
export function answerHashing({ memory }: HashOptions): (request: HashRequest) => ThreadAnswer {
  const hash = createHash('sha256');
  return (request) => {
    if (request === null) return { reply: hash.digest('hex') };
    hash.update(new Uint8Array(memory, request.slot * SLOT_BYTES, request.bytes));
    return { reply: null };
  };
}
