/** Smaller memory may be Node's pool, out of which it cuts many buffers; that is a little longer than it says. */
const OWN_BYTES = 2 * Buffer.poolSize;

/**
 * Gives the memory of a large buffer back at once; the buffer is empty then, and so is every part of it. V8 would collect it
 * later, and meanwhile the next one gets new pages from the system, which costs as much as what is done with it. Only who made a
 * buffer, and knows that nobody reads it any more, may release it. Small ones are left alone.
 */
export function release(buffer: Buffer): void {
  const memory = buffer.buffer;
  if (memory instanceof ArrayBuffer && memory.byteLength > OWN_BYTES) memory.transfer(0);
}
