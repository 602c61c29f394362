/**
 * How large a manifest may be, so that reading a forged one takes bounded memory. What it says of parts grows with the
 * archive's entries, so the limits do; the constant part is for what has no entries: tables without rows, facts,
 * problems.
 */
export interface ManifestLimits {
  /** Bytes of JSON text. */
  readonly bytes: number;
  /** Arrays, objects and what they hold. */
  readonly values: number;
}

const FIXED_BYTES = 48 << 20;
const BYTES_PER_ENTRY = 1024;
/** The longest text that Node's strings can hold (2^29 - 24 characters), in round numbers. */
const MOST_BYTES = 536_000_000;

const FIXED_VALUES = 2_000_000;
const VALUES_PER_ENTRY = 16;

/** @param entries how many entries the archive has */
export function manifestLimits(entries: number): ManifestLimits {
  return {
    bytes: Math.min(FIXED_BYTES + BYTES_PER_ENTRY * entries, MOST_BYTES),
    values: FIXED_VALUES + VALUES_PER_ENTRY * entries,
  };
}
