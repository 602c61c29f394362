import { HoldfastError } from '../../../core/errors.ts';
import { nameList } from '../../../core/name-lists.ts';
import { lockPatience } from '../../../core/lock-patience.ts';
import type { DatabaseSource, SourceOptions, SourceTable } from '../../engine.ts';
import { archivedFacts } from '../archived-facts.ts';
import { type DatabaseSchema, readSchema, type SchemaTable } from '../catalog/schema.ts';
import { readSteadily } from '../catalog/steady-schema.ts';
import { resolveConnection } from '../connection/config.ts';
import { connect } from '../connection/connect.ts';
import { isServerError, serverMessage } from '../connection/failure.ts';
import { readEndOfTime, withEndOfTime } from '../end-of-time.ts';
import type { MysqlFacts } from '../facts.ts';
import { describeConsistency } from './consistency.ts';
import { findDependentValues } from './dependent-values.ts';
import { describeHolders } from './holders.ts';
import { describeNonTransactional } from './non-transactional.ts';
import { lockWaitSeconds } from './patience.ts';
import { cannotRead, loadStatements, readParts, readRanges, refuseUncountable } from './rows.ts';
import { SYSTEM_SCHEMAS } from '../preflight/server.ts';
import { serverLockOf, serverLockRights } from './server-lock.ts';
import { closeAll, openSessions } from './sessions.ts';
import { type KeyRange, SLICE_BYTES } from './slices.ts';
import { Snapshot } from './snapshot.ts';
import { isLockTimeout } from './table-locks.ts';
import { type SnapshotSessions, type TakenSnapshot, takeSnapshot } from './take-snapshot.ts';
import { refuseUnreadable } from './unreadable.ts';

/**
 * Opens a database for backup: connects, locks, takes the snapshot, reads the schema.
 * @param sliceBytes about how much a slice of a table has
 */
export async function openSource(options: SourceOptions, sliceBytes = SLICE_BYTES): Promise<DatabaseSource> {
  const config = await resolveConnection(options);
  const { reporter, signal, jobs } = options;
  const sessions = await openSessions(() => connect(config, signal), jobs, reporter);
  const { locker, holders, readers } = sessions;
  try {
    const { server, database } = locker;
    if (SYSTEM_SCHEMAS.includes(database.toLowerCase())) {
      throw new HoldfastError(
        'failed',
        `The database ${database} is the server's own: there is nothing to restore it into.`,
        {
          hint: 'Name the database of an application at the end of the URL. Accounts and grants are not in a backup.',
        },
      );
    }
    reporter.detail(`Connected to ${locker.name}: ${server.flavor} ${server.version}`);
    const { taken, schema } = await readSelected(sessions, options);
    for (const warning of schema.warnings) reporter.warning(warning);
    const facts = await readFacts(sessions, { taken, schema, options });
    for (const reader of taken.readers) await reader.run('SET character_set_results = NULL');
    await closeAll([...holders, ...readers.slice(taken.readers.length)]);
    if (!taken.isInstanceLocked) await locker.close();
    const snapshot = new Snapshot(taken, taken.isInstanceLocked ? [locker] : [], signal);
    return sourceOf(snapshot, facts, asArchived(schema, facts, options), sliceBytes);
  } catch (error) {
    await closeAll([locker, ...holders, ...readers]);
    throw error;
  }
}

/**
 * Takes the snapshot and reads the schema as often as it takes to know all tables that are needed: only those are locked that
 * are backed up, and what tables with given names need is not known before.
 */
async function readSelected(
  sessions: SnapshotSessions,
  options: SourceOptions,
): Promise<{ taken: TakenSnapshot; schema: DatabaseSchema }> {
  const { locker, readers } = sessions;
  const { database } = locker;
  const { selectTable, excludeTable, comparedWith } = options;
  const lateIndexes =
    comparedWith === undefined ? undefined : new Set(archivedFacts(comparedWith).lateIndexes);
  const patience = lockPatience(options.lockTimeout);
  const needed = new Set<string>();
  const isWanted = (name: string): boolean =>
    !excludeTable(database, name) &&
    (selectTable === undefined || selectTable(database, name) || needed.has(name));
  for (;;) {
    await refuseUnreadable(locker, { isWanted, isWhole: selectTable === undefined });
    let taken: TakenSnapshot | undefined;
    // The leader may see definitions as they were when its transaction began; only the locker's view tells of changes.
    const schema = await readSteadily(locker, {
      begin: async () => {
        taken = await takeSnapshot(sessions, { ...options, isWanted, patience });
        const [leader, ...others] = taken.readers;
        await leader.run(`SET SESSION lock_wait_timeout = ${lockWaitSeconds(patience.giveUpAfter)}`);
        // What they cannot have at once is read by the one that keeps it.
        for (const reader of others) await reader.run('SET SESSION lock_wait_timeout = 1');
      },
      read: () =>
        readSchema(readers[0], { ...options, lateIndexes }).catch((error: unknown) =>
          cannotReadSchema(sessions, error),
        ),
    });
    const { keepers, unlockable } = taken!;
    const opened = new Set([...keepers.keys(), ...unlockable.map(({ name }) => name)]);
    const unknown = schema.tables.filter(({ name }) => !opened.has(name));
    if (unknown.length === 0) {
      refuseUnlockable(taken!, schema.tables);
      return { taken: taken!, schema };
    }
    for (const { name } of unknown) needed.add(name);
  }
}

/** What current rows have as their end is another moment on some servers: they are compared as the archive's server has them. */
function asArchived(
  schema: DatabaseSchema,
  { endOfTime }: MysqlFacts,
  { comparedWith }: SourceOptions,
): DatabaseSchema {
  if (comparedWith === undefined) return schema;
  const archived = archivedFacts(comparedWith).endOfTime;
  const tables = schema.tables.map((table) => ({
    ...table,
    rows: withEndOfTime(table.rows, endOfTime, archived),
  }));
  return { ...schema, tables };
}

async function cannotReadSchema(
  { locker, holders, readers }: SnapshotSessions,
  error: unknown,
): Promise<never> {
  if (!isServerError(error)) throw error;
  const own = new Set([locker, ...holders, ...readers].map(({ id }) => id));
  const obstacle = isLockTimeout(error) ? ` ${await describeHolders(locker, own)}` : '';
  throw new HoldfastError(
    'failed',
    `Cannot read the schema of ${locker.name}: ${serverMessage(error).replace(/\.?$/, '.')}${obstacle}`,
    { cause: error },
  );
}

/** Tables that cannot be opened cannot be read. */
function refuseUnlockable({ unlockable }: TakenSnapshot, tables: readonly SchemaTable[]): void {
  for (const { name, error } of unlockable) {
    if (tables.some((table) => table.name === name && table.withRows)) throw cannotRead(error, name);
  }
}

async function readFacts(
  { locker, readers }: SnapshotSessions,
  {
    taken,
    schema,
    options: { reporter, jobs, comparedWith },
  }: { taken: TakenSnapshot; schema: DatabaseSchema; options: SourceOptions },
): Promise<MysqlFacts> {
  const { server } = locker;
  const withRows = new Map(
    schema.tables.filter((table) => table.withRows).map((table) => [table.name, table]),
  );
  for (const table of withRows.values()) refuseUncountable(table);
  const strangers = await describeNonTransactional(readers[0], (name) => withRows.has(name));
  if (strangers !== null) {
    reporter.warning(
      `These tables know no transactions, so they are backed up as they are when each is read: ${strangers}.`,
    );
  }
  const dependent = comparedWith ? [] : await findDependentValues(readers[0], [...withRows.values()]);
  if (dependent.length > 0) {
    reporter.warning(
      `Stored generated columns have values that depend on what a session was set to, such as its time zone, and come back with other ones, as a session in UTC gets them: ${nameList(dependent)}. Servers take no values for them.`,
    );
  }
  if (taken.serverLock !== 'held' && jobs > 1) {
    const lock = serverLockOf(locker);
    const why =
      taken.serverLock === 'denied'
        ? `is not allowed (it takes ${serverLockRights(locker).join(' and ')})`
        : 'was not to be had in time, as others run long statements';
    reporter.warning(`${lock} ${why}: one connection reads all tables.`);
  }
  const [row] = await locker.query('SELECT @@lower_case_table_names AS folding');
  return {
    engine: 'mysql',
    flavor: server.flavor,
    version: server.version,
    versionNumber: server.number,
    database: schema.database,
    encoding: schema.charset,
    collation: schema.collation,
    lowerCaseTableNames: Number(row?.['folding']),
    snapshot: taken.position,
    consistency: describeConsistency(taken, strangers),
    largestStatement: 0,
    lateIndexes: schema.lateIndexes,
    endOfTime: schema.requires.historyTables.length > 0 ? await readEndOfTime(locker) : null,
    requires: schema.requires,
  };
}

function sourceOf(
  snapshot: Snapshot,
  facts: MysqlFacts,
  schema: DatabaseSchema,
  sliceBytes: number,
): DatabaseSource {
  const completed: { -readonly [Fact in keyof MysqlFacts]: MysqlFacts[Fact] } = { ...facts };
  return {
    facts: completed,
    preData: schema.preData,
    postData: schema.postData,
    selection: schema.selection,
    tables: schema.tables.map((table) => ({ ...table, loadStatement: loadStatements(table) })),
    slices: async (table) => {
      const ranges = await readRanges(snapshot, table as SourceTable & SchemaTable, sliceBytes);
      return ranges.length === 0 ? [table] : ranges;
    },
    parts: (table, partBytes, slice) => {
      const range = slice === undefined || slice === table ? null : (slice as KeyRange);
      const onStatement = (bytes: number): void => {
        completed.largestStatement = Math.max(completed.largestStatement, bytes);
      };
      return readParts(snapshot, table as SourceTable & SchemaTable, partBytes, onStatement, range);
    },
    close: () => snapshot.close(),
  };
}
