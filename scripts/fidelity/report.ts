import type { RoundTrip } from './round-trip.ts';
import type { Suite } from './suite.ts';

/** What came of one suite; `reason` says why it was left out. */
export interface SuiteResult {
  readonly suite: Suite;
  readonly databases: readonly RoundTrip[];
  readonly reason?: string;
}

/** One line on one database. */
export function summaryLine(result: RoundTrip): string {
  const { database, lines, differing, catalogs, stock, failure, backupSeconds, restoreSeconds } = result;
  const counted = `${database}: ${sum(result.objects.values())} objects, ${lines} lines`;
  if (failure !== undefined)
    return `${counted}, stock ${stock}; FAILED: ${failure.replaceAll(/^/gm, '    ').trim()}`;
  return (
    `${counted}; lines that differ: ${differing}, rows of catalogs: ${catalogs}, with pg_dump and psql: ${stock} lines; ` +
    `backup ${backupSeconds.toFixed(1)} s, restore ${restoreSeconds.toFixed(1)} s`
  );
}

/** The tables of docs/fidelity.md. */
export function markdown(results: readonly SuiteResult[], run: { version: string; date: Date }): string {
  const rows = results.map(({ suite, databases, reason }) => {
    if (reason !== undefined)
      return [suite.title, `left out: ${reason.split('\n')[0]}`, '', '', '', '', '', '', ''];
    const failed = databases.filter(({ failure }) => failure !== undefined).length;
    const total = (of: (database: RoundTrip) => number | undefined): string =>
      Math.round(sum(databases.map((database) => of(database) ?? 0))).toLocaleString('en');
    return [
      suite.title,
      String(databases.length),
      total(({ objects }) => sum(objects.values())),
      total(({ lines }) => lines),
      `${total(({ differing }) => differing)}${failed === 0 ? '' : `, ${failed} not restored`}`,
      total(({ catalogs }) => catalogs),
      total(({ stock }) => stock),
      total(({ backupSeconds }) => backupSeconds),
      total(({ restoreSeconds }) => restoreSeconds),
    ];
  });
  return [
    `PostgreSQL ${run.version}, ${run.date.toISOString().slice(0, 10)}.`,
    '',
    table(
      [
        'databases of',
        'databases',
        'objects',
        'lines of pg_dump',
        'lines that differ',
        'rows of catalogs that differ',
        'lines that differ with pg_dump and psql',
        'backup, s',
        'restore, s',
      ],
      rows,
    ),
    'Objects by kind:',
    '',
    kinds(results),
    '',
  ].join('\n');
}

function kinds(results: readonly SuiteResult[]): string {
  const counts = new Map<string, number>();
  for (const { objects } of results.flatMap(({ databases }) => databases)) {
    for (const [kind, count] of objects) counts.set(kind, (counts.get(kind) ?? 0) + count);
  }
  const sorted = [...counts].toSorted(([, a], [, b]) => b - a);
  return `${sorted.map(([kind, count]) => `${count.toLocaleString('en')} ${kind}`).join(', ')}.`;
}

function table(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [titles, ['---', ...titles.slice(1).map(() => '---:')], ...rows];
  return `${lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n')}\n`;
}

function sum(numbers: Iterable<number>): number {
  return [...numbers].reduce((total, number) => total + number, 0);
}
