import { formatBytes, formatDuration } from '../../core/format.ts';
import { printable } from '../../core/printable.ts';

const BAR_CELLS = 20;
/** Room that the spinner and a margin take on the line. */
const RESERVED_COLUMNS = 4;

export interface Progress {
  readonly title: string;
  readonly doneBytes: number;
  /** The expected end, where it is known. */
  readonly totalBytes: number | undefined;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly columns: number;
  readonly item?: string | undefined;
}

/** One line of progress, never wider than the terminal: title, bar, bytes, rate, time left, and what is worked on. */
export function progressText(progress: Progress, now = Date.now()): string {
  const { title, doneBytes, totalBytes, startedAt, item } = progress;
  const width = Math.max(1, progress.columns - RESERVED_COLUMNS);
  if (doneBytes === 0) return title.slice(0, width);
  const elapsed = Math.max(1, now - startedAt);
  const rate = (doneBytes / elapsed) * 1000;
  const parts = [title];
  if (totalBytes !== undefined && totalBytes >= doneBytes) {
    const share = doneBytes / totalBytes;
    const full = Math.floor(share * BAR_CELLS);
    parts.push(`${'█'.repeat(full)}${'░'.repeat(BAR_CELLS - full)} ${Math.floor(share * 100)} %`);
  }
  parts.push(formatBytes(doneBytes), `${formatBytes(rate)}/s`);
  if (totalBytes !== undefined && totalBytes > doneBytes) {
    parts.push(`${formatDuration(((totalBytes - doneBytes) / rate) * 1000)} left`);
  }
  if (item !== undefined) parts.push(printable(item));
  return parts.join('  ').slice(0, width);
}
