const SECOND = 1_000_000_000n;

/** A time in ISO 8601, UTC, with nine digits after the point: `2026-01-02T03:04:05.123456789Z`. */
export function formatTime(nanoseconds: bigint): string {
  const fraction = ((nanoseconds % SECOND) + SECOND) % SECOND;
  const seconds = (nanoseconds - fraction) / SECOND;
  const date = new Date(Number(seconds) * 1000).toISOString();
  return `${date.slice(0, -'.000Z'.length)}.${String(fraction).padStart(9, '0')}Z`;
}

/** Nanoseconds since 1970 of a time as `formatTime` writes it; null when it is none. */
export function parseTime(text: string): bigint | null {
  const [, date, fraction] = /^(.{19,22})\.(\d{9})Z$/.exec(text) ?? [];
  const milliseconds = Date.parse(`${date}.000Z`);
  if (fraction === undefined || Number.isNaN(milliseconds)) return null;
  if (new Date(milliseconds).toISOString() !== `${date}.000Z`) return null;
  return BigInt(milliseconds / 1000) * SECOND + BigInt(fraction);
}
