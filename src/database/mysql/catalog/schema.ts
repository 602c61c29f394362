import type { SelectionReport } from '../../../core/selection.ts';
import type { SourceTable, Statement } from '../../engine.ts';
import type { Session } from '../connection/session.ts';
import type { Requirements } from '../facts.ts';
import { readDatabaseDefaults } from './database-defaults.ts';
import type { SchemaObject } from './object.ts';
import { inMakingOrder, readPrograms } from './programs/programs.ts';
import { requirementsOf } from './requirements.ts';
import { chooseObjects, linkObjects, type TableExclusions } from './selection.ts';
import { settingStatements } from './settings.ts';
import { StatementWriter } from './statements.ts';
import { readTables, type TableObject, type TableRows } from './tables/tables.ts';
import { refuseUnknownObjects } from './unknown-objects.ts';

export interface SchemaTable extends Omit<SourceTable, 'loadStatement'> {
  /** How its rows are read. */
  readonly rows: TableRows;
  readonly storageEngine: string;
  /** Its stored generated columns that may depend on a session's settings. */
  readonly dependent: TableObject['dependent'];
}

export interface SchemaOptions extends TableExclusions {
  /** The tables whose indexes are made after their rows; the large ones unless given. */
  readonly lateIndexes?: ReadonlySet<string> | undefined;
}

/** A database's schema as statements, its tables, and what a target needs for them. */
export interface DatabaseSchema {
  readonly database: string;
  readonly charset: string;
  readonly collation: string;
  readonly preData: readonly Statement[];
  readonly postData: readonly Statement[];
  readonly tables: readonly SchemaTable[];
  /** The tables whose indexes are made after their rows. */
  readonly lateIndexes: readonly string[];
  readonly requires: Requirements;
  /** What came of a selection of tables; null without one. */
  readonly selection: SelectionReport | null;
  /** For people: what does not come back as it was, and what does not work already. */
  readonly warnings: readonly string[];
}

/**
 * Reads the schema of the session's database.
 *
 * @throws HoldfastError `failed` for what cannot be exported, `usage` for an exclusion that leaves a gap
 */
export async function readSchema(session: Session, options: SchemaOptions): Promise<DatabaseSchema> {
  const [row] = await session.query('SELECT DATABASE() AS name');
  const database = row?.['name'] ?? session.database;
  const defaults = await readDatabaseDefaults(session);
  const { charset, collation } = defaults;
  const isLeftOut = (name: string): boolean => options.excludeTable(database, name);
  const { lateIndexes } = options;
  const tables = await readTables(session, {
    isLeftOut,
    ...(lateIndexes && { isLarge: ({ name }) => lateIndexes.has(name) }),
  });
  const relations = new Set(tables.map(({ name }) => name));
  const programs = await readPrograms(session, { database, collation, relations, isLeftOut });
  // A table's default may be of a sequence.
  const isSequence = ({ kind }: SchemaObject): boolean => kind === 'SEQUENCE';
  const relationsInOrder = [...tables.filter(isSequence), ...tables.filter((table) => !isSequence(table))];
  const all: SchemaObject[] = [...relationsInOrder, ...inMakingOrder(programs)];
  await refuseUnknownObjects(session, all);

  const { objects, report } = chooseObjects(all, database, options);
  for (const { failure } of objects) if (failure !== undefined) throw failure;
  const chosen = new Set<SchemaObject>(objects);
  const kept = <Any extends SchemaObject>(list: readonly Any[]): Any[] =>
    list.filter((object) => chosen.has(object));
  const exported = {
    tables: kept(tables),
    routines: kept(programs.routines),
    views: kept(programs.views),
    triggers: kept(programs.triggers),
    events: kept(programs.events),
  };
  const writer = new StatementWriter(database, objects, linkObjects(objects, database));
  return {
    database,
    charset,
    collation,
    preData: [
      ...settingStatements(),
      ...defaults.statements.map(({ kind, sql }) => ({ kind, schema: null, name: database, sql })),
      ...objects.flatMap((object) => writer.write(object, object.preData)),
    ],
    postData: [...settingStatements(), ...objects.flatMap((object) => writer.write(object, object.postData))],
    tables: exported.tables.flatMap((table) => {
      const { name, rows, estimatedBytes, storageEngine, dependent } = table;
      if (rows === null) return [];
      const columns = rows.columns.map((column) => column.name);
      const withRows = !options.excludeRows(database, name);
      const object = writer.numberOf(table);
      const about = { schema: database, name, columns, estimatedBytes, withRows, object };
      return [{ ...about, rows, storageEngine, dependent }];
    }),
    lateIndexes: exported.tables.filter(hasLateIndexes).map(({ name }) => name),
    requires: requirementsOf(exported, { database, collation }),
    selection: report,
    warnings: [
      ...exported.tables.flatMap(({ warnings }) => warnings),
      ...exported.views.flatMap(({ warning }) => warning ?? []),
    ],
  };
}

function hasLateIndexes({ postData }: TableObject): boolean {
  return postData.some(({ kind }) => kind === 'INDEX');
}
