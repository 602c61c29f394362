import type { ByteSource } from '../../src/core/byte-source.ts';

/** A source over bytes in memory that remembers what was read from it. */
export interface MemorySource extends ByteSource {
  readonly reads: { position: number; bytes: number }[];
  closed: boolean;
}

export function memorySource(content: Uint8Array, name = 'memory.crypt'): MemorySource {
  const reads: { position: number; bytes: number }[] = [];
  return {
    name,
    size: content.length,
    reads,
    closed: false,
    async read(target, position) {
      const part = content.subarray(position, position + target.length);
      reads.push({ position, bytes: part.length });
      target.set(part);
      return part.length;
    },
    async close() {
      this.closed = true;
    },
  };
}
