import { HoldfastError } from '../../core/errors.ts';
import { areTexts, isCount, isText } from '../../core/fact-checks.ts';
import type { DatabaseFacts, TableContent } from '../engine.ts';

/** Rows that point to a row of another table that is not there. */
export interface Violations {
  readonly table: string;
  readonly parent: string;
  readonly rows: number;
}

export interface SqliteFacts extends DatabaseFacts {
  /** The size of the file. */
  readonly bytes: number;
  readonly pageSize: number;
  /** Whether its header asks for a write-ahead log. */
  readonly isWal: boolean;
  readonly contents: readonly TableContent[];
  /** Violations of foreign keys that the source has: SQLite checks them only where an application asks for it. */
  readonly violations: readonly Violations[];
  /** Tables whose rows were left out. */
  readonly withoutRows: readonly string[];
  /** True when not all objects of the file are restored. */
  readonly isNarrowed?: true;
}

/** The facts of an archive, which may be damaged or forged. @throws HoldfastError `damaged` */
export function archivedFacts(facts: DatabaseFacts): SqliteFacts {
  const { bytes, pageSize, isWal, contents, violations, withoutRows } = facts as DatabaseFacts &
    Record<string, unknown>;
  const isGood =
    isCount(bytes) &&
    isCount(pageSize) &&
    typeof isWal === 'boolean' &&
    areTexts(withoutRows) &&
    isListOf(
      contents,
      ({ schema, name, rows }) => isText(schema) && isText(name) && (rows === null || isCount(rows)),
    ) &&
    isListOf(violations, ({ table, parent, rows }) => isText(table) && isText(parent) && isCount(rows));
  if (isGood) return facts as SqliteFacts;
  throw new HoldfastError('damaged', 'What the manifest says of the SQLite database makes no sense.');
}

function isListOf(value: unknown, isItem: (item: Record<string, unknown>) => boolean): boolean {
  return (
    Array.isArray(value) &&
    value.every((item: unknown) => typeof item === 'object' && item !== null && isItem(item as never))
  );
}
