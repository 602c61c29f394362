import { HoldfastError } from '../../../core/errors.ts';
import { lockPatience } from '../../../core/lock-patience.ts';
import { printable } from '../../../core/printable.ts';
import type { Reporter } from '../../../core/reporter.ts';
import type { DatabaseSource, SourceOptions } from '../../engine.ts';
import { createCatalog } from '../catalog/catalog.ts';
import { type DatabaseSchema, readSchema } from '../catalog/schema.ts';
import type { SchemaTable } from '../catalog/schema-table.ts';
import { type ConnectionConfig, resolveConnection } from '../connection/config.ts';
import { connect } from '../connection/connect.ts';
import { isServerError, serverMessage, sqlStateOf } from '../connection/failure.ts';
import type { Session } from '../connection/session.ts';
import { loadStatements, type ReadTable } from '../copy.ts';
import { warnOfExtensionTables } from './extension-tables.ts';
import { type PostgresFacts, readFacts } from '../facts.ts';
import { beginLockedSnapshot, describeHolders, lockRefused } from './locks.ts';
import { readParts } from './rows.ts';
import { encodeSchema, psqlSettings, readTexts, RENAME_HINT } from './schema-encoding.ts';
import { type PageSlice, slicesOf } from './slices.ts';
import { Snapshot } from './snapshot.ts';
import { readSteadily } from './steady-schema.ts';
import { warnOfUnfilledViews } from './unfilled-views.ts';
import { refuseUnreadable } from './unreadable.ts';

/** Opens a database for backup: connects, locks, takes the snapshot, reads the schema in it. */
export async function openSource(options: SourceOptions): Promise<DatabaseSource> {
  const config = await resolveConnection(options);
  try {
    return await open(config, options);
  } catch (error) {
    if (sqlStateOf(error) !== '22P05') throw error;
    options.reporter.warning(
      'Names or texts in the schema hold characters that UTF-8 does not have: they are kept in the encoding of the ' +
        'database, and can only be restored into one that has the same.',
    );
    return open({ ...config, inServerEncoding: true }, options);
  }
}

async function open(config: ConnectionConfig, options: SourceOptions): Promise<DatabaseSource> {
  const { reporter, signal, jobs } = options;
  const leader = await connect(config, signal);
  try {
    const found = await readFacts(leader);
    reporter.detail(`Connected to ${leader.name}: PostgreSQL ${found.version}, encoding ${found.encoding}`);
    const { name, schema: read } = await readSelected(leader, config, found, options);
    warnOfForeignTables(read, reporter);
    await warnOfExtensionTables(leader, options);
    await warnOfUnfilledViews(leader, read, reporter);
    const { schema, textEncoding } = encodeSchema(read, leader, found.encoding);
    const snapshot = new Snapshot(leader, name, { config, jobs, signal, reporter });
    const facts = { ...found, textEncoding, snapshot: name, requires: schema.requires };
    return sourceOf(snapshot, facts, schema, options.rowEncoding ?? found.encoding);
  } catch (error) {
    await leader.close();
    throw error;
  }
}

/**
 * Reads the schema as often as it takes to know all tables that are needed: only those are locked that are backed up, and
 * what tables with given names need is not known before.
 */
async function readSelected(
  leader: Session,
  config: ConnectionConfig,
  facts: PostgresFacts,
  options: SourceOptions,
): Promise<{ name: string; schema: DatabaseSchema }> {
  const { selectTable } = options;
  const needed = new Set<string>();
  const key = (schema: string | null, name: string): string => JSON.stringify([schema, name]);
  const isWanted = (schema: string, name: string): boolean =>
    selectTable === undefined || selectTable(schema, name) || needed.has(key(schema, name));
  const skip = (schema: string, name: string): boolean =>
    options.excludeTable(schema, name) || !isWanted(schema, name);
  for (;;) {
    await refuseUnreadable(leader, facts.versionNumber, { ...options, excludeTable: skip });
    const read = await readSnapshot(leader, config, facts, options, skip);
    const unknown = read.schema.relations.filter(({ schema, name }) => !isWanted(schema, name));
    if (unknown.length === 0) return read;
    for (const { schema, name } of unknown) needed.add(key(schema, name));
    await leader.run('ROLLBACK');
  }
}

/** Their rows are other servers'. */
function warnOfForeignTables({ preData }: DatabaseSchema, reporter: Reporter): void {
  const tables = preData.filter(({ kind, sql }) => kind === 'FOREIGN TABLE' && sql.startsWith('CREATE '));
  if (tables.length === 0) return;
  const names = tables.slice(0, 20).map(({ schema, name }) => printable(`${schema}.${name}`));
  const more = tables.length > names.length ? ` and ${tables.length - names.length} more` : '';
  reporter.warning(
    `Foreign tables are backed up without the rows, which are elsewhere: ${names.join(', ')}${more}.`,
  );
}

/** Begins the snapshot and reads the schema in it; also the snapshot's name. */
async function readSnapshot(
  leader: Session,
  config: ConnectionConfig,
  facts: PostgresFacts,
  options: SourceOptions,
  skip: (schema: string, name: string) => boolean,
): Promise<{ name: string; schema: DatabaseSchema }> {
  const watcher = await openWatcher({ ...config, hosts: [leader.host], sessionKind: 'any' }, options);
  let name = '';
  try {
    const schema = await readSteadily(leader, watcher, {
      begin: async () => {
        const patience = lockPatience(options.lockTimeout);
        name = await beginLockedSnapshot(leader, skip, options.reporter, patience);
      },
      read: () => readSchemaOf(leader, facts, options),
    });
    return { name, schema };
  } finally {
    await watcher?.close();
  }
}

/** Another session on the snapshot's server; undefined when the server has none left to give. */
async function openWatcher(
  config: ConnectionConfig,
  { reporter, signal }: SourceOptions,
): Promise<Session | undefined> {
  try {
    return await connect(config, signal);
  } catch (error) {
    if (sqlStateOf(error) !== '53300') throw error;
    reporter.warning(
      'The server has only one connection to give: whether the schema changes while it is read cannot be noticed.',
    );
    return undefined;
  }
}

function sourceOf(
  snapshot: Snapshot,
  facts: PostgresFacts,
  schema: DatabaseSchema,
  rowEncoding: string,
): DatabaseSource {
  return {
    facts,
    preData: schema.preData,
    postData: schema.postData,
    selection: schema.selection,
    tables: schema.tables.map((table) => ({
      ...table,
      loadStatement: `${psqlSettings(facts.encoding, facts.textEncoding)}${loadStatements(table, facts.encoding)}`,
    })),
    slices: async (table: SchemaTable) => slicesOf(table),
    parts: (table: ReadTable, partBytes, slice?: PageSlice) =>
      readParts(snapshot, table, rowEncoding, partBytes, slice?.pages),
    close: () => snapshot.close(),
  };
}

async function readSchemaOf(
  session: Session,
  facts: PostgresFacts,
  options: SourceOptions,
): Promise<DatabaseSchema> {
  const catalog = createCatalog((sql, values) => readTexts(session, sql, values), facts.versionNumber);
  try {
    return await readSchema(catalog, options);
  } catch (error) {
    if (!isServerError(error)) throw error;
    if (error.code === '55P03') {
      await session.run('ROLLBACK');
      throw lockRefused(await describeHolders(session), error);
    }
    const why = serverMessage(error);
    const hint =
      error.code === '42501'
        ? 'Connect as a superuser, as the owner of all objects, or as a role that may SELECT from all sequences.'
        : error.code === '22021'
          ? RENAME_HINT
          : error.hint;
    throw new HoldfastError('failed', `Cannot read the schema of ${session.name}: ${why}`, {
      ...(hint && { hint }),
      cause: error,
    });
  }
}
