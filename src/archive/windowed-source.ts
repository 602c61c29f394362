import type { ByteSource } from '../core/byte-source.ts';

const WINDOW_BYTES = 256 * 1024;

/** Larger reads go past the window. */
const SMALL_BYTES = 64 * 1024;

interface Window {
  readonly start: number;
  /** Where it ends. */
  readonly end: number;
  /** Settles when its bytes are in the buffer. */
  readonly filled: Promise<unknown>;
}

/**
 * The same bytes, with small reads served from a window that is read at once: headers, small entries and descriptors
 * follow each other, and each would cost a read of its own.
 */
export function windowed(source: ByteSource): ByteSource {
  const buffer = Buffer.allocUnsafeSlow(WINDOW_BYTES);
  let window: Window = { start: 0, end: 0, filled: Promise.resolve() };
  const moveTo = (start: number): void => {
    const end = Math.min(start + WINDOW_BYTES, source.size);
    // Who waits for the window before asked before, and so takes its bytes before the buffer is filled again.
    const filled = window.filled
      .catch(() => {})
      .then(() => source.read(buffer.subarray(0, end - start), start));
    const moved = { start, end, filled };
    window = moved;
    // A read that failed for a passing reason must not fail for ever.
    filled.catch(() => {
      if (window === moved) window = { start, end: start, filled };
    });
  };
  return {
    name: source.name,
    size: source.size,
    read: async (target, position) => {
      const end = Math.min(position + target.length, source.size);
      if (target.length > SMALL_BYTES || position >= end) return source.read(target, position);
      if (position < window.start || end > window.end) moveTo(position);
      const { start, filled } = window;
      await filled;
      return buffer.copy(target, 0, position - start, end - start);
    },
    expect: (start, end) => source.expect?.(start, end),
    close: () => source.close(),
  };
}
