import { countNewlines } from './newlines.ts';

const NEWLINE = 0x0a;

/**
 * Counts the rows in text that comes in chunks, by its lines.
 * @param marks the characters one of which begins the line of each row; null where all lines are rows
 */
export function rowCounter(marks: string | null): (chunk: Buffer) => number {
  if (marks === null) return countNewlines;
  if (marks === '') return () => 0;
  const begins = new Set(Buffer.from(marks));
  let isAtStart = true;
  return (chunk) => {
    let count = 0;
    for (let start = 0; start < chunk.length;) {
      if (isAtStart && begins.has(chunk[start] ?? NEWLINE)) count += 1;
      const end = chunk.indexOf(NEWLINE, start);
      isAtStart = end !== -1;
      start = isAtStart ? end + 1 : chunk.length;
    }
    return count;
  };
}
