const SECOND = 1_000_000_000n;

/** The last second that was formatted: neighbours of a directory were often written together. */
let last = { seconds: 0n, text: '1970-01-01T00:00:00' };

/** A time in ISO 8601, UTC, with nine digits after the point: `2026-01-02T03:04:05.123456789Z`. */
export function formatTime(nanoseconds: bigint): string {
  const fraction = ((nanoseconds % SECOND) + SECOND) % SECOND;
  const seconds = (nanoseconds - fraction) / SECOND;
  if (seconds !== last.seconds) {
    const date = new Date(Number(seconds) * 1000).toISOString();
    last = { seconds, text: date.slice(0, -'.000Z'.length) };
  }
  return `${last.text}.${String(fraction).padStart(9, '0')}Z`;
}

/** Nanoseconds since 1970 of a time as `formatTime` writes it; null when it is none. */
export function parseTime(text: string): bigint | null {
  const [, date, fraction] = /^(.{19,22})\.(\d{9})Z$/.exec(text) ?? [];
  const milliseconds = Date.parse(`${date}.000Z`);
  if (fraction === undefined || Number.isNaN(milliseconds)) return null;
  if (new Date(milliseconds).toISOString() !== `${date}.000Z`) return null;
  return BigInt(milliseconds / 1000) * SECOND + BigInt(fraction);
}
