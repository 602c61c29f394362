import type { ArchiveReader } from '../archive/archive.ts';
import { POST_DATA_NAME, PRE_DATA_NAME } from '../archive/layout.ts';
import type { ManifestDatabase, ManifestSelection, ManifestTable } from '../archive/manifest.ts';
import { decodeScript, type ScriptStatement } from '../archive/sql-script.ts';
import type { Problem } from '../core/problem.ts';
import {
  describeSelection,
  FILE_KIND,
  isRelation,
  labelOf,
  type LinkedObject,
  selectObjects,
} from '../core/selection.ts';
import { patternHint, TablePatterns } from '../core/table-patterns.ts';
import { SETTING_KIND } from '../database/engine.ts';
import { requireEntry } from './entries.ts';
import { manifestSelection } from './selection-report.ts';

/** What of an archive's database is restored. */
export interface DatabaseSelection {
  readonly tables: readonly ManifestTable[];
  /** Whether a statement belongs to it. */
  includes(statement: ScriptStatement): boolean;
  /** What came of patterns; null for the whole database. */
  readonly report: ManifestSelection | null;
}

const OLDER = {
  message: 'the archive does not say which tables its statements belong to: an older version made it',
  hint: 'restore it whole into a database of its own, and take the tables from there',
};

const NO_TABLES = {
  message: "the archive's database holds no tables, views or sequences for --table to select",
  hint: 'look at the archive with inspect: is it the right one? Without --table it is restored whole',
};

/** How much of what the scripts tell of objects is held in memory, in bytes: that of some 500,000 objects. */
const MOST_HELD = 256 << 20;
const BYTES_PER_OBJECT = 300;
const BYTES_PER_LINK = 16;

/** How many objects are named that cannot be chosen. */
const MOST_SHOWN = 10;

/** The whole database of an archive. */
export function selectAll({ tables }: ManifestDatabase): DatabaseSelection {
  return { tables, includes: () => true, report: null };
}

/**
 * The tables of an archive that `--table` selects, with what they need; or what is in the way.
 * @param fold how the database folds a letter of a name without quotes
 * @throws HoldfastError `usage` for what is no pattern or one of another database
 */
export async function selectTables(
  archive: ArchiveReader,
  database: ManifestDatabase,
  texts: readonly string[],
  fold: (letter: string) => string,
): Promise<DatabaseSelection | Problem[]> {
  const patterns = new TablePatterns('table', texts, fold);
  patterns.requireDatabase(database.facts.database);
  const { objects, unknown, hasRelations, isTooMuch } = await readObjects(archive);
  if (isTooMuch) {
    return [
      {
        message: 'the archive tells of more objects than can be held in memory to choose from',
        hint: 'restore it whole into a database of its own, and take the tables from there',
      },
    ];
  }
  if (objects.size === 0) return [hasRelations || database.tables.length > 0 ? OLDER : NO_TABLES];
  const roots = new Set<number>();
  for (const { id, kind, schema, name } of objects.values()) {
    if (isRelation(kind) && schema !== null && patterns.matches(schema, name)) roots.add(id);
  }
  // Of an extension only what is named comes: its rows of the user's, and the values of its sequences.
  const named = new Set<ManifestTable>();
  for (const table of database.tables) {
    const owner = table.object === undefined ? undefined : objects.get(table.object);
    if (owner?.kind !== 'EXTENSION' || !patterns.matches(table.schema, table.name)) continue;
    roots.add(owner.id);
    named.add(table);
  }
  for (const object of objects.values()) {
    if (object.kind !== 'EXTENSION CONFIGURATION') continue;
    if (object.schema !== null && patterns.matches(object.schema, object.name)) roots.add(object.id);
    else objects.delete(object.id);
  }
  const unmatched = patterns.unmatched();
  if (unmatched.length > 0) {
    return unmatched.map((pattern) => ({
      message: `no table, view or sequence in the archive matches --table ${pattern}`,
      hint: patternHint(fold),
    }));
  }
  const selection = selectObjects(objects, roots);
  const { chosen } = selection;
  const lost = [...chosen].filter((id) => unknown.has(id));
  if (lost.length > 0) {
    return lost.slice(0, MOST_SHOWN).map((id) => ({
      message: `the archive does not say what ${labelOf(objects.get(id))} needs: it is too much`,
      hint: 'restore it whole into a database of its own, and take the tables from there',
    }));
  }
  const isChosen = ({ object }: { readonly object?: number }): boolean =>
    object !== undefined && chosen.has(object);
  return {
    tables: database.tables.filter(
      (table) =>
        named.has(table) ||
        (isChosen(table) && ['TABLE', FILE_KIND].includes(objects.get(table.object ?? -1)?.kind ?? '')),
    ),
    includes: (statement: ScriptStatement) => statement.kind === SETTING_KIND || isChosen(statement),
    report: manifestSelection(texts, describeSelection(objects, selection)),
  };
}

/** The statements of a selection, those before the rows first. */
export async function* selectedStatements(
  archive: ArchiveReader,
  { includes }: DatabaseSelection,
): AsyncGenerator<ScriptStatement, void, void> {
  for await (const statement of readStatements(archive)) if (includes(statement)) yield statement;
}

async function* readStatements(archive: ArchiveReader): AsyncGenerator<ScriptStatement, void, void> {
  for (const script of [PRE_DATA_NAME, POST_DATA_NAME]) {
    yield* decodeScript(archive.open(requireEntry(archive, script)), script);
  }
}

/** The objects that the scripts make; `unknown` are those of which they do not say what they need. */
async function readObjects(archive: ArchiveReader): Promise<{
  objects: Map<number, LinkedObject<number>>;
  unknown: Set<number>;
  /** Whether they make any tables, views or sequences, also such that they tell nothing of. */
  hasRelations: boolean;
  /** Whether reading ended early. */
  isTooMuch: boolean;
}> {
  const objects = new Map<number, LinkedObject<number>>();
  const unknown = new Set<number>();
  let held = 0;
  let hasRelations = false;
  for await (const { kind: made, object: id, about } of readStatements(archive)) {
    hasRelations ||= isRelation(made);
    if (id === undefined || about === undefined) continue;
    const { needs, partOf = [], comesWith = [], ...facts } = about;
    const { kind, schema, name, table } = facts;
    const letters = [kind, schema, name, table].reduce((sum, text) => sum + (text?.length ?? 0), 0);
    const links = (needs?.length ?? 0) + partOf.length + comesWith.length;
    held += BYTES_PER_OBJECT + 2 * letters + BYTES_PER_LINK * links;
    if (held > MOST_HELD) return { objects, unknown, hasRelations, isTooMuch: true };
    objects.set(id, { id, ...facts, needs: needs ?? [], partOf, comesWith });
    if (needs === undefined) unknown.add(id);
  }
  return { objects, unknown, hasRelations, isTooMuch: false };
}
