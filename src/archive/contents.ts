import type { ManifestFacts } from './manifest.ts';

/** A table in a database that is one file in the archive. */
export interface FileTable {
  readonly schema: string;
  readonly name: string;
  /** Null where they could not be counted. */
  readonly rows: number | null;
}

/** The tables in a database that is one file in the archive; null for any other. */
export function tablesInFile({ contents }: ManifestFacts): FileTable[] | null {
  if (!Array.isArray(contents)) return null;
  return contents.filter(
    (table: unknown): table is FileTable =>
      typeof table === 'object' &&
      table !== null &&
      'schema' in table &&
      typeof table.schema === 'string' &&
      'name' in table &&
      typeof table.name === 'string' &&
      'rows' in table &&
      (table.rows === null || Number.isSafeInteger(table.rows)),
  );
}
