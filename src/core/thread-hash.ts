import { createHash } from 'node:crypto';
import { type HashOptions, type HashRequest, SLOT_BYTES } from './hash-task.ts';
import { Thread } from './thread.ts';

const SLOTS = 8;

/**
 * The SHA-256 of what comes, on a thread of its own that is started once a few megabytes have come: of a large archive it
 * would take as much time as all else that is done with it.
 */
export class ThreadHash {
  readonly #memory = new SharedArrayBuffer(SLOTS * SLOT_BYTES);
  /** Slots that are filled and not hashed, the oldest first. */
  readonly #full: Promise<unknown>[] = [];
  #thread: Thread<HashRequest, string | null> | null = null;
  #slot = 0;
  #used = 0;

  /** Takes a copy of bytes. One call at a time. */
  async update(bytes: Uint8Array): Promise<void> {
    for (let taken = 0; taken < bytes.length;) {
      if (this.#used === SLOT_BYTES) await this.#nextSlot();
      const piece = bytes.subarray(taken, taken + SLOT_BYTES - this.#used);
      new Uint8Array(this.#memory, this.#slot * SLOT_BYTES).set(piece, this.#used);
      this.#used += piece.length;
      taken += piece.length;
    }
  }

  /** In hex. Nothing can come then. */
  async digest(): Promise<string> {
    if (this.#thread === null) {
      return createHash('sha256')
        .update(new Uint8Array(this.#memory, 0, this.#slot * SLOT_BYTES + this.#used))
        .digest('hex');
    }
    this.#thread.ask({ slot: this.#slot, bytes: this.#used }).catch(() => undefined);
    const digest = (await this.#thread.ask(null)) ?? '';
    await this.close();
    return digest;
  }

  /** Ends the thread. Safe to call at any time. */
  async close(): Promise<void> {
    await this.#thread?.close();
  }

  async #nextSlot(): Promise<void> {
    if (this.#thread === null && this.#slot === SLOTS - 1) this.#start();
    else if (this.#thread !== null) this.#hand(this.#slot);
    // All slots but one are full.
    if (this.#full.length === SLOTS) await this.#full.shift();
    this.#slot = (this.#slot + 1) % SLOTS;
    this.#used = 0;
  }

  #start(): void {
    const options: HashOptions = { memory: this.#memory };
    this.#thread = new Thread('hash', options);
    for (let slot = 0; slot < SLOTS; slot++) this.#hand(slot);
  }

  #hand(slot: number): void {
    const hashed = this.#thread!.ask({ slot, bytes: SLOT_BYTES });
    // Its failure is met where somebody waits for it, or for the digest.
    hashed.catch(() => undefined);
    this.#full.push(hashed);
  }
}
