import type { ArchiveReader } from '../archive/archive.ts';
import type { ManifestTable } from '../archive/manifest.ts';
import { POST_DATA_NAME, PRE_DATA_NAME } from '../archive/layout.ts';
import { unpackPart } from '../archive/unpack-part.ts';
import { decodeScript } from '../archive/sql-script.ts';
import { totalsOf } from '../archive/totals.ts';
import { HoldfastError } from '../core/errors.ts';
import type { Reporter } from '../core/reporter.ts';
import { sideBySide } from '../core/side-by-side.ts';
import type { DatabaseTarget } from '../database/engine.ts';
import { engineByName } from '../database/registry.ts';
import { requireEntry } from './entries.ts';
import type { PlannedDatabase } from './restore-plan.ts';
import type { DatabaseSelection } from './select-tables.ts';

/** Loads an archive's database into its target without committing; returns the rows the server counted. */
export async function loadDatabase(
  archive: ArchiveReader,
  { facts, engine, selection, target }: PlannedDatabase,
  reporter: Reporter,
  signal: AbortSignal,
): Promise<number> {
  const totals = totalsOf({ database: { ...selection, facts }, storages: [] });
  const { rowMarks } = await engineByName(engine);
  reporter.phase('load', 'Loading the database', totals.rowBytes);
  await target.begin(facts);
  if (target.manner) reporter.phase('load', `Loading the database ${target.manner}`, totals.rowBytes);
  await execute(archive, PRE_DATA_NAME, selection, target, reporter, signal);
  await loadTables(archive, selection.tables, target, rowMarks, reporter, signal);
  reporter.phase('load', 'Building indexes and constraints');
  await execute(archive, POST_DATA_NAME, selection, target, reporter, signal);
  await target.complete?.();
  // Each part was counted as it was loaded; or the file whose slices they are, as a whole.
  return totals.rows;
}

async function loadTables(
  archive: ArchiveReader,
  tables: readonly ManifestTable[],
  target: DatabaseTarget,
  rowMarks: string | null,
  reporter: Reporter,
  signal: AbortSignal,
): Promise<void> {
  const parts = tables.flatMap((table) => table.parts.map((part) => ({ table, part })));
  await sideBySide(parts, target.loads, async ({ table, part }) => {
    signal.throwIfAborted();
    const text = unpackPart(archive.open(requireEntry(archive, part.entry)), part, rowMarks);
    const loaded = await target.load(table, text);
    if (loaded !== part.rows) {
      throw new HoldfastError(
        'failed',
        `The server took ${loaded} of the ${part.rows} rows of ${part.entry}.`,
        {
          hint: 'Nothing was changed.',
        },
      );
    }
    reporter.progress(part.bytes, `${table.schema}.${table.name}`);
  });
}

async function execute(
  archive: ArchiveReader,
  script: string,
  selection: DatabaseSelection,
  target: DatabaseTarget,
  reporter: Reporter,
  signal: AbortSignal,
): Promise<void> {
  for await (const statement of decodeScript(archive.open(requireEntry(archive, script)), script)) {
    signal.throwIfAborted();
    if (!selection.includes(statement)) continue;
    reporter.progress(0, `${statement.kind} ${statement.name}`);
    await target.execute(statement);
  }
}
