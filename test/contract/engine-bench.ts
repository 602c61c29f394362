import { Readable } from 'node:stream';
import { afterEach, expect } from 'vitest';
import type { JournalRecord } from '../../src/core/journal-record.ts';
import {
  type DatabaseSource,
  type DatabaseTarget,
  type Engine,
  type Outcome,
  type SourceOptions,
  type SourceTable,
  type TargetOptions,
} from '../../src/database/engine.ts';
import { sourceOptions, targetOptions } from '../support/engine-options.ts';
import { recordingReporter } from '../support/recording-reporter.ts';

/** A database of its own for one test. */
export interface SubjectDatabase {
  /** Holds the password `s3cret`, whether the server asks for one or not. */
  readonly url: string;
  /** Runs one statement on a connection of its own; its rows, every value as the test's driver gives it. */
  query(sql: string): Promise<Record<string, unknown>[]>;
  /** Breaks the connections that the engine has to it, as a network or a killed process does. None where there are none. */
  cutConnections?(): Promise<void>;
  /** Another way to it, that breaks for good once a commit was sent and before its answer comes. None where nothing is sent. */
  lossyUrl?(): Promise<string>;
  drop(): Promise<void>;
}

/** What the suite needs to know of an engine. */
export interface EngineSubject {
  readonly engine: Engine;
  /** An empty database. */
  newDatabase(): Promise<SubjectDatabase>;
  /** True where the archive keeps the database as one file, whose tables `DatabaseFacts.contents` tells. */
  readonly keepsFile?: true;
  /** URLs that are no good, none of which may show its password `s3cret` in an error. */
  readonly malformedUrl: string;
  readonly unreachableUrl: string;
  /** What users have in their environment where the server asks for the password and no URL has it. */
  readonly env?: Readonly<Record<string, string>>;
}

export const ROWS = 5000;
export const PART_BYTES = 20_000;

interface LoadedPart {
  readonly bytes: Buffer;
  readonly rows: number;
}

/** Registers the hooks that close and drop what the tests of a file open and make. */
export function useEngineBench(subject: EngineSubject) {
  const { engine } = subject;
  const closing: (() => Promise<void>)[] = [];

  afterEach(async () => {
    for (const close of closing.splice(0).toReversed()) await close();
  });

  const newDatabase = async (): Promise<SubjectDatabase> => {
    const database = await subject.newDatabase();
    closing.push(() => database.drop());
    return database;
  };
  const openSource = async (url: string, options: Partial<SourceOptions> = {}): Promise<DatabaseSource> => {
    const source = await engine.openSource(sourceOptions(url, { jobs: 2, ...options }));
    closing.push(() => source.close());
    return source;
  };
  const openTarget = async (url: string, options: Partial<TargetOptions> = {}): Promise<DatabaseTarget> => {
    const target = await engine.openTarget(targetOptions(url, options));
    closing.push(() => target.close());
    return target;
  };
  /** All that a database holds, as the engine exports it. */
  const stateOf = async (database: SubjectDatabase): Promise<unknown> => {
    const source = await openSource(database.url);
    const tables = [];
    for (const table of subject.keepsFile ? [] : source.tables) {
      const parts = await readParts(source, table);
      const { schema, name, columns } = table;
      tables.push({ schema, name, columns, rows: Buffer.concat(parts.map(({ bytes }) => bytes)).toString() });
    }
    for (const { schema, name } of source.facts.contents ?? []) {
      tables.push({ schema, name, rows: await database.query(`SELECT * FROM ${name}`) });
    }
    await source.close();
    const state = {
      preData: source.preData,
      postData: source.postData,
      tables: tables.toSorted((a, b) => (a.name < b.name ? -1 : 1)),
    };
    // Where a schema is a database it is another one here and there.
    const name = JSON.stringify(source.facts.database);
    return JSON.parse(JSON.stringify(state).replaceAll(`:${name}`, ':"database"'));
  };
  const settle = (record: JournalRecord, url: string | null): Promise<Outcome> =>
    engine.settle(JSON.parse(JSON.stringify(record)) as JournalRecord, {
      url,
      env: subject.env ?? {},
      reporter: recordingReporter(),
      signal: new AbortController().signal,
    });
  /** A database that holds something else than the sample, and a table of the same name. */
  const newOther = async (): Promise<SubjectDatabase> => {
    const database = await newDatabase();
    await database.query('CREATE TABLE old (id int PRIMARY KEY)');
    await database.query('CREATE TABLE small (word varchar(10))');
    await database.query('CREATE VIEW shown AS SELECT id FROM old');
    await database.query('INSERT INTO old VALUES (1), (2), (3)');
    return database;
  };
  /** A database with a large, a small and an empty table. */
  const newSample = async (): Promise<SubjectDatabase> => {
    const database = await newDatabase();
    await database.query('CREATE TABLE large (id int PRIMARY KEY, word varchar(100))');
    await database.query('CREATE TABLE small (id int PRIMARY KEY)');
    await database.query('CREATE TABLE blank (id int PRIMARY KEY)');
    const values = Array.from({ length: ROWS }, (_, id) => `(${id}, 'wörd 😀 ${id}')`);
    await database.query(`INSERT INTO large VALUES ${values.join(', ')}`);
    await database.query('INSERT INTO small VALUES (1), (2)');
    return database;
  };
  return { newDatabase, openSource, openTarget, stateOf, settle, newOther, newSample };
}

/** The table with the rows of the one that is named: the only one where a file holds them all. */
export function tableOf(source: DatabaseSource, name: string): SourceTable {
  const table = source.facts.contents ? source.tables[0] : source.tables.find((one) => one.name === name);
  if (!table) throw new Error(`no table ${name}`);
  return table;
}

export async function readParts(source: DatabaseSource, table: SourceTable): Promise<LoadedPart[]> {
  const parts = [];
  for await (const part of source.parts(table, PART_BYTES)) {
    const chunks = [];
    for await (const chunk of part.chunks) chunks.push(chunk);
    parts.push({ bytes: Buffer.concat(chunks), rows: part.rows() });
  }
  return parts;
}

/** Loads all of `source`, without the commit. */
export async function copy(source: DatabaseSource, target: DatabaseTarget): Promise<void> {
  await target.begin(source.facts);
  for (const statement of source.preData) await target.execute(statement);
  for (const table of source.tables.filter(({ withRows }) => withRows)) {
    for (const { bytes, rows } of await readParts(source, table)) {
      expect(await target.load(table, Readable.from([bytes]))).toBe(rows);
    }
  }
  for (const statement of source.postData) await target.execute(statement);
}
