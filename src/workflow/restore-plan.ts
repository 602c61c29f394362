import type { ManifestSelection, ManifestStorage } from '../archive/manifest.ts';
import { formatBytes, formatCount } from '../core/format.ts';
import { printable } from '../core/printable.ts';
import type { DatabaseFacts, DatabaseSize, DatabaseTarget } from '../database/engine.ts';
import type { StorageSize, StorageTarget } from '../storage/storage.ts';
import type { DatabaseSelection } from './select-tables.ts';
import { describeLeftOut, describeSelected } from './selection-report.ts';

/** The archive's database with the one it goes to. */
export interface PlannedDatabase {
  /** What the archive tells of it, as far as it is restored. */
  readonly facts: DatabaseFacts;
  readonly selection: DatabaseSelection;
  /** As the journal names the engine. */
  readonly engine: string;
  readonly target: DatabaseTarget;
}

/** A storage of the archive with the target it goes to. */
export interface PlannedStorage {
  readonly archived: ManifestStorage;
  readonly location: string;
  /** As the journal names the kind of storage. */
  readonly kind: string;
  readonly target: StorageTarget;
  /** What of the archived files is wanted. */
  readonly selected: StorageSize;
}

/** What a restore makes at one target, and what it removes there. */
export type PlannedChange = { readonly source: string; readonly target: string } & (
  | {
      readonly what: 'database';
      readonly creates: DatabaseSize & { readonly rows: number };
      /** Null when all of it is restored. */
      readonly selection: ManifestSelection | null;
      /** Null where there is nothing. */
      readonly removes: DatabaseSize | null;
    }
  | { readonly what: 'files'; readonly creates: StorageSize; readonly removes: StorageSize | null }
);

/** What a restore will do, once nothing stands in its way. */
export interface RestorePlan {
  /** What this restore makes beside its targets has these 12 hex digits in its names. */
  readonly token: string;
  readonly database: PlannedDatabase | null;
  readonly storages: readonly PlannedStorage[];
  readonly changes: readonly PlannedChange[];
}

/** A plan's changes as lines for people. */
export function describeChanges(changes: readonly PlannedChange[]): string[] {
  return changes.flatMap((change) => [
    `  ${change.what} ${printable(change.source)} → ${printable(change.target)}`,
    `    creates ${created(change)}`,
    ...selectedOf(change).map((line) => `    ${line}`),
    ...(change.removes === null ? [] : [`    removes what is there: ${removed(change)}`]),
  ]);
}

function selectedOf(change: PlannedChange): string[] {
  if (change.what !== 'database' || change.selection === null) return [];
  return [...describeSelected(change.selection), ...describeLeftOut(change.selection)];
}

function created(change: PlannedChange): string {
  const { creates } = change;
  if ('files' in creates) return `${formatCount(creates.files, 'file')}, ${formatBytes(creates.bytes)}`;
  const { tables, rows, bytes } = creates;
  return `${formatCount(tables, 'table')}, ${formatCount(rows, 'row')}, ${formatBytes(bytes)}`;
}

function removed({ removes }: PlannedChange): string {
  if (removes === null) return '';
  const count =
    'files' in removes ? formatCount(removes.files, 'file') : formatCount(removes.tables, 'table');
  return `${count}, ${formatBytes(removes.bytes)}`;
}
