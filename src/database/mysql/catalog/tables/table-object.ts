import type { ColumnRows } from '../../columns.ts';
import type { DependentColumn } from './dependent-columns.ts';
import type { Feature } from '../../facts.ts';
import type { SchemaObject } from '../object.ts';

/** A table or sequence. */
export interface TableObject extends SchemaObject {
  /** How its rows are read; null where it has none of its own. */
  readonly rows: TableRows | null;
  /** Of its rows, as the server estimates it. */
  readonly estimatedBytes: number;
  /** As SHOW ENGINES names it. */
  readonly storageEngine: string;
  readonly collations: readonly string[];
  readonly features: readonly Feature[];
  readonly hasForeignKey: boolean;
  readonly hasPrimaryKey: boolean;
  /** The general tablespace that it is in; null where it has its own or the server's. */
  readonly tablespace: string | null;
  readonly dataDirectory: string | null;
  /** Its stored generated columns that may depend on a session's settings. */
  readonly dependent: readonly DependentColumn[];
  /** What a restore of it lacks, for people. */
  readonly warnings: readonly string[];
}

/** What a table or sequence is before more is known of it. */
export function plainTable({ name, storageEngine, bytes }: ListedTable): TableObject {
  return {
    kind: 'TABLE',
    name,
    table: null,
    preData: [],
    postData: [],
    needs: [],
    partOf: [],
    rows: null,
    estimatedBytes: bytes,
    storageEngine,
    collations: [],
    features: [],
    hasForeignKey: false,
    hasPrimaryKey: false,
    tablespace: null,
    dataDirectory: null,
    dependent: [],
    warnings: [],
  };
}

export interface TableRows {
  /** In order; without generated ones. */
  readonly columns: readonly ColumnRows[];
  /** What stands after FROM: "`t`", or "`t` FOR SYSTEM_TIME ALL" with the rows of the past. */
  readonly from: string;
  /** Whether texts need an introducer that keeps their bytes: see `hasLettersInBounds`. */
  readonly introduced: boolean;
  /**
   * The column that says until when a row is current, where rows of the past are among them: loading these takes
   * system_versioning_insert_history = 1. Null where they are not.
   */
  readonly rowEnd: string | null;
}

/** What the list of tables says of one. */
export interface ListedTable {
  readonly name: string;
  readonly type: string;
  readonly storageEngine: string;
  readonly bytes: number;
  readonly collation: string | null;
}
