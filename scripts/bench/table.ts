import type { Results } from './turns.ts';

/** A column of one's own. */
export interface Column {
  readonly title: string;
  cell(id: string): string;
}

/**
 * Medians as a table of Markdown.
 * @param options `to`: the job whose time is 1, and what the column is called; columns for which no job has a figure are
 * left out
 */
export function table(
  title: string,
  results: Results,
  options: { to: { id: string; title: string }; columns?: readonly Column[] },
): string {
  const figure =
    (of: Parameters<Results['median']>[1], show: (value: number) => string) =>
    (id: string): string => {
      const value = results.median(id, of);
      return value === undefined ? '' : show(value);
    };
  const all: readonly Column[] = [
    { title: 'seconds', cell: figure('seconds', (value) => value.toFixed(2)) },
    { title: 'CPU seconds', cell: figure('cpuSeconds', (value) => value.toFixed(1)) },
    { title: 'of the server', cell: figure('serverSeconds', (value) => value.toFixed(1)) },
    { title: 'peak memory, MiB', cell: figure('peakBytes', mebibytes) },
    { title: 'size, MB', cell: figure('bytes', (value) => (value === 0 ? '' : (value / 1e6).toFixed(1))) },
    ...(options.columns ?? []),
    {
      title: `to ${options.to.title}`,
      cell: (id) => results.ratio(id, options.to.id)?.toFixed(2) ?? '',
    },
  ];
  const columns = all.filter(({ cell }) => results.jobs.some(({ id }) => cell(id) !== ''));
  const rows = results.jobs.map((job) => [job.title, ...columns.map(({ cell }) => cell(job.id))]);
  const about = `Medians of ${results.rounds}, in turns; a load of ${results.load.toFixed(1)}.`;
  return `${markdownTable([title, ...columns.map((column) => column.title)], rows)}\n\n${about}`;
}

/** The first column is text, the others are figures. */
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  const rule = head.map((_, index) => (index === 0 ? '---' : '---:'));
  return [line(head), line(rule), ...rows.map((row) => line(row))].join('\n');
}

export function mebibytes(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(0);
}
