import type { Manifest, ManifestDatabase } from './manifest.ts';

/** The counts and sizes of everything in an archive. */
export interface Totals {
  readonly tables: number;
  readonly rows: number;
  /** Of the rows, uncompressed. */
  readonly rowBytes: number;
  readonly files: number;
  /** Of the files, uncompressed. */
  readonly fileBytes: number;
}

/** Adds up what a manifest says of tables and storages. */
export function totalsOf({
  database,
  storages,
}: {
  readonly database: Pick<ManifestDatabase, 'tables'> | null;
  readonly storages: Manifest['storages'];
}): Totals {
  const tables = database?.tables ?? [];
  return {
    tables: tables.length,
    rows: sum(tables.map(({ rows }) => rows)),
    rowBytes: sum(tables.map(({ bytes }) => bytes)),
    files: sum(storages.map(({ files }) => files)),
    fileBytes: sum(storages.map(({ bytes }) => bytes)),
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
