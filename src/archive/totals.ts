import { tablesInFile } from './contents.ts';
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
  readonly database: Pick<ManifestDatabase, 'tables' | 'facts'> | null;
  readonly storages: Manifest['storages'];
}): Totals {
  const tables = database?.tables ?? [];
  const counted = (database && tablesInFile(database.facts)) ?? tables;
  return {
    tables: counted.length,
    rows: sum(counted.map(({ rows }) => rows ?? 0)),
    rowBytes: sum(tables.map(({ bytes }) => bytes)),
    files: sum(storages.map(({ files }) => files)),
    fileBytes: sum(storages.map(({ bytes }) => bytes)),
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
