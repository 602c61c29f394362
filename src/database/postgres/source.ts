import { HoldfastError } from '../../core/errors.ts';
import type { DatabaseSource, SourceOptions } from '../engine.ts';
import { createCatalog } from './catalog/catalog.ts';
import type { Catalog } from './catalog/object.ts';
import { readOwners } from './catalog/owner.ts';
import { type DatabaseSchema, readSchema } from './catalog/schema.ts';
import { resolveConnection } from './connection/config.ts';
import { connect } from './connection/connect.ts';
import { isServerError, serverMessage } from './connection/failure.ts';
import type { Session } from './connection/session.ts';
import { copyFromStatement } from './copy.ts';
import { type PostgresFacts, readFacts } from './facts.ts';
import { beginLockedSnapshot } from './locks.ts';
import { readParts } from './rows.ts';
import { Snapshot } from './snapshot.ts';

/** Opens a database for backup: connects, locks, takes the snapshot, reads the schema in it. */
export async function openSource(options: SourceOptions): Promise<DatabaseSource> {
  const { reporter, signal, jobs } = options;
  const config = await resolveConnection(options);
  const leader = await connect(config, signal);
  try {
    const found = await readFacts(leader);
    reporter.detail(`Connected to ${leader.name}: PostgreSQL ${found.version}, encoding ${found.encoding}`);
    const name = await beginLockedSnapshot(leader, options.excludeTable, reporter);
    const { schema, owners } = await readSchemaOf(leader, found, options);
    const snapshot = new Snapshot(leader, name, { config, jobs, signal, reporter });
    return sourceOf(snapshot, { ...found, snapshot: name, owners, requires: schema.requires }, schema);
  } catch (error) {
    await leader.close();
    throw error;
  }
}

function sourceOf(snapshot: Snapshot, facts: PostgresFacts, schema: DatabaseSchema): DatabaseSource {
  return {
    facts,
    preData: schema.preData,
    postData: schema.postData,
    tables: schema.tables.map((table) => ({
      ...table,
      loadStatement: `${copyFromStatement(table, facts.encoding)};`,
    })),
    parts: (table, partBytes) => readParts(snapshot, table, facts.encoding, partBytes),
    close: () => snapshot.close(),
  };
}

async function readSchemaOf(
  session: Session,
  facts: PostgresFacts,
  options: SourceOptions,
): Promise<{ schema: DatabaseSchema; owners: string[] }> {
  const catalog = createCatalog((sql, values) => session.query(sql, values), facts.versionNumber);
  try {
    const schema = await readSchema(catalog, options);
    return { schema, owners: await ownersIn(schema, catalog) };
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
    throw new HoldfastError('failed', `Cannot read the schema of ${session.name}: ${why}`, {
      ...(error.hint && { hint: error.hint }),
      cause: error,
    });
  }
}

/** The roles that the statements of `schema` give objects to. */
async function ownersIn(schema: DatabaseSchema, catalog: Catalog): Promise<string[]> {
  const statements = new Set([...schema.preData, ...schema.postData].map(({ sql }) => sql));
  const owners = (await readOwners(catalog)).filter(({ statement }) => statements.has(statement.sql));
  return [...new Set(owners.map(({ role }) => role))].toSorted();
}
