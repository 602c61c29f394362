import type { ManifestSelection } from '../archive/manifest.ts';
import { formatCount } from '../core/format.ts';
import { printable } from '../core/printable.ts';
import type { Reporter } from '../core/reporter.ts';
import type { SelectionReport } from '../core/selection.ts';

/** How many lines a manifest, and how many a terminal gets. */
const MOST_KEPT = 1000;
const MOST_SHOWN = 20;

/** What a manifest or a summary keeps of a selection. */
export function manifestSelection(
  patterns: readonly string[],
  { needed, leftOut }: SelectionReport,
): ManifestSelection {
  return {
    patterns,
    needed: needed.slice(0, MOST_KEPT),
    neededCount: needed.length,
    leftOut: leftOut.slice(0, MOST_KEPT),
    leftOutCount: leftOut.length,
  };
}

/** A selection as lines for people. */
export function describeSelected({ patterns, needed, neededCount }: ManifestSelection): string[] {
  return [
    `a selection of tables: ${shownPatterns(patterns)}`,
    ...listed(needed, neededCount).map((line) => `with what it needs: ${line}`),
  ];
}

/** What a selection leaves out, as lines for people. */
export function describeLeftOut({ leftOut, leftOutCount }: ManifestSelection): string[] {
  return listed(leftOut, leftOutCount).map((line) => `left out: ${line}`);
}

/** Warns of each part of the selected tables that could not come. */
export function warnOfLeftOut(selection: ManifestSelection, reporter: Reporter): void {
  for (const line of describeLeftOut(selection))
    reporter.warning(`Left out with --table${line.slice('left out'.length)}`);
}

/** The patterns that asked for a selection, for people. */
export function shownPatterns(patterns: readonly string[]): string {
  const shown = patterns.slice(0, MOST_SHOWN).map(printable);
  const rest = patterns.length - shown.length;
  return [...shown, ...(rest > 0 ? [`${rest} more`] : [])].join(', ');
}

function listed(lines: readonly string[], count: number): string[] {
  const shown = lines.slice(0, MOST_SHOWN).map(printable);
  return count > shown.length ? [...shown, formatCount(count - shown.length, 'more object')] : shown;
}
