import { HoldfastError } from '../../core/errors.ts';
import type { DatabaseSource, SourceOptions } from '../engine.ts';
import { createCatalog } from './catalog/catalog.ts';
import { type DatabaseSchema, readSchema } from './catalog/schema.ts';
import { type ConnectionConfig, resolveConnection } from './connection/config.ts';
import { connect } from './connection/connect.ts';
import { isServerError, serverMessage, sqlStateOf } from './connection/failure.ts';
import type { Session } from './connection/session.ts';
import { copyFromStatement } from './copy.ts';
import { type PostgresFacts, readFacts } from './facts.ts';
import { beginLockedSnapshot } from './locks.ts';
import { readParts } from './rows.ts';
import { Snapshot } from './snapshot.ts';
import { readSteadily } from './steady-schema.ts';

/** Opens a database for backup: connects, locks, takes the snapshot, reads the schema in it. */
export async function openSource(options: SourceOptions): Promise<DatabaseSource> {
  const { reporter, signal, jobs } = options;
  const config = await resolveConnection(options);
  const leader = await connect(config, signal);
  try {
    const found = await readFacts(leader);
    reporter.detail(`Connected to ${leader.name}: PostgreSQL ${found.version}, encoding ${found.encoding}`);
    const { name, schema } = await readSnapshot(leader, config, found, options);
    const snapshot = new Snapshot(leader, name, { config, jobs, signal, reporter });
    const facts = { ...found, snapshot: name, requires: schema.requires };
    return sourceOf(snapshot, facts, schema, options.rowEncoding ?? found.encoding);
  } catch (error) {
    await leader.close();
    throw error;
  }
}

/** Begins the snapshot and reads the schema in it; also the snapshot's name. */
async function readSnapshot(
  leader: Session,
  config: ConnectionConfig,
  facts: PostgresFacts,
  options: SourceOptions,
): Promise<{ name: string; schema: DatabaseSchema }> {
  const watcher = await openWatcher({ ...config, hosts: [leader.host], sessionKind: 'any' }, options);
  let name = '';
  try {
    const schema = await readSteadily(leader, watcher, {
      begin: async () => {
        name = await beginLockedSnapshot(leader, options.excludeTable, options.reporter);
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
    tables: schema.tables.map((table) => ({
      ...table,
      loadStatement: `${copyFromStatement(table, facts.encoding)};`,
    })),
    parts: (table, partBytes) => readParts(snapshot, table, rowEncoding, partBytes),
    close: () => snapshot.close(),
  };
}

async function readSchemaOf(
  session: Session,
  facts: PostgresFacts,
  options: SourceOptions,
): Promise<DatabaseSchema> {
  const catalog = createCatalog((sql, values) => session.query(sql, values), facts.versionNumber);
  try {
    return await readSchema(catalog, options);
  } catch (error) {
    if (!isServerError(error)) throw error;
    const why = serverMessage(error);
    if (error.code === '22021' || error.code === '22P05') {
      throw new HoldfastError(
        'failed',
        `A name or text in the schema of ${session.name} is not valid UTF-8: ${why}`,
        {
          hint: `The database's encoding is ${facts.encoding}, in which anything may stand. Rename the object, or mend its text.`,
          cause: error,
        },
      );
    }
    const hint =
      error.code === '42501'
        ? 'Connect as a superuser, as the owner of all objects, or as a role that may SELECT from all sequences.'
        : error.hint;
    throw new HoldfastError('failed', `Cannot read the schema of ${session.name}: ${why}`, {
      ...(hint && { hint }),
      cause: error,
    });
  }
}
