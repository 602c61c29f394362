import { type FileTable, tablesInFile } from '../archive/contents.ts';
import type { Manifest, ManifestTable } from '../archive/manifest.ts';
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
  const inFile = tablesInFile(facts);
  const largest =
    inFile
      ?.toSorted((a, b) => (b.rows ?? 0) - (a.rows ?? 0))
      .map((table) => ({ ...table, amount: amountInFile(table) })) ??
    tables.toSorted((a, b) => b.bytes - a.bytes).map((table) => ({ ...table, amount: amountOf(table) }));
  const shown = largest.slice(0, TABLES_SHOWN);
  const width = Math.max(0, ...shown.map((table) => printable(`${table.schema}.${table.name}`).length));
  return [
    `database "${printable(facts.database)}" from ${facts.engine} ${facts.version}, ${facts.encoding}: ${formatCount(totals.tables, 'table')}, ${formatCount(totals.rows, 'row')}, ${formatBytes(totals.rowBytes)}`,
    ...(selection
      ? [...describeSelected(selection), ...describeLeftOut(selection)].map((line) => `  ${line}`)
      : []),
    ...excludedTables.map((pattern) => `  without tables that match ${printable(pattern)}`),
    ...shown.map(
      ({ schema, name, amount }) => `  ${printable(`${schema}.${name}`).padEnd(width)}  ${amount}`,
    ),
    ...(largest.length > shown.length
      ? [`  … and ${formatCount(largest.length - shown.length, 'smaller table')}`]
      : []),
  ];
}

function amountOf({ withRows, rows, bytes }: ManifestTable): string {
  return withRows ? `${formatCount(rows, 'row')}, ${formatBytes(bytes)}` : 'rows left out';
}

function amountInFile({ rows }: FileTable): string {
  return rows === null ? 'rows not counted' : formatCount(rows, 'row');
}
