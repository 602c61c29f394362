import type { Manifest } from '../archive/manifest.ts';
import { totalsOf, type Totals } from '../archive/totals.ts';
import { formatBytes, formatCount, formatDuration } from '../core/format.ts';
import { printable } from '../core/printable.ts';
import { describeProblem } from '../workflow/problems.ts';
import { describeLeftOut, describeSelected } from '../workflow/selection-report.ts';

/** How many tables a listing names; the manifest has all. */
const TABLES_SHOWN = 40;

/** What an archive holds, as lines for people. An incomplete one says so first. */
export function describeArchive({
  archive,
  manifest,
  archiveBytes,
  encrypted,
}: {
  readonly archive: string;
  readonly manifest: Manifest;
  readonly archiveBytes: number;
  readonly encrypted: boolean;
}): string[] {
  const { database, storages, complete, problems, tool } = manifest;
  const took = Date.parse(manifest.finished) - Date.parse(manifest.started);
  return [
    ...(complete ? [] : [`INCOMPLETE archive: ${formatCount(problems.length, 'problem')} when it was made`]),
    `${archive}: ${formatBytes(archiveBytes)}, ${encrypted ? 'encrypted' : 'not encrypted'}, format ${manifest.format}`,
    `made ${manifest.started} in ${formatDuration(took)} by ${tool.name} ${tool.version}, id ${manifest.id}`,
    ...(database === null ? ['no database'] : describeDatabase(database, totalsOf(manifest))),
    ...storages.map(
      (storage) =>
        `files "${storage.name}" from ${printable(storage.location)}: ${formatCount(storage.files, 'file')}, ${formatCount(storage.directories, 'directory', 'directories')}, ${formatCount(storage.symlinks, 'link')}, ${formatBytes(storage.bytes)}`,
    ),
    ...(storages.length === 0 ? ['no files'] : []),
    ...problems.map((problem) => `missing or not whole: ${describeProblem(problem)}`),
  ];
}

function describeDatabase(
  { facts, tables, selection, excludedTables = [] }: NonNullable<Manifest['database']>,
  totals: Totals,
): string[] {
  const largest = tables.toSorted((a, b) => b.bytes - a.bytes);
  const shown = largest.slice(0, TABLES_SHOWN);
  const width = Math.max(0, ...shown.map((table) => printable(`${table.schema}.${table.name}`).length));
  return [
    `database "${printable(facts.database)}" from ${facts.engine} ${facts.version}, ${facts.encoding}: ${formatCount(totals.tables, 'table')}, ${formatCount(totals.rows, 'row')}, ${formatBytes(totals.rowBytes)}`,
    ...(selection
      ? [...describeSelected(selection), ...describeLeftOut(selection)].map((line) => `  ${line}`)
      : []),
    ...excludedTables.map((pattern) => `  without tables that match ${printable(pattern)}`),
    ...shown.map((table) => {
      const amount = table.withRows
        ? `${formatCount(table.rows, 'row')}, ${formatBytes(table.bytes)}`
        : 'rows left out';
      return `  ${printable(`${table.schema}.${table.name}`).padEnd(width)}  ${amount}`;
    }),
    ...(largest.length > shown.length
      ? [`  … and ${formatCount(largest.length - shown.length, 'smaller table')}`]
      : []),
  ];
}
