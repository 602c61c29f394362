import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type {
  DatabaseFacts,
  DatabaseSource,
  DatabaseTarget,
  SourceTable,
  Statement,
} from '../../../src/database/engine.ts';
import { escapeId } from 'mysql2';
import { mysql } from '../../../src/database/mysql/mysql.ts';
import { mysqlDump } from '../../servers/mysql-tools.ts';
import type { MysqlServer } from '../../servers/mysql.ts';
import { sourceOptions, targetOptions } from '../../support/engine-options.ts';
import { informationSchema } from './information-schema.ts';

const PART_BYTES = 100_000;

/** An export in memory: while a backup is on, MySQL allows no change of a schema, so it ends before the restore begins. */
interface Export {
  readonly facts: DatabaseFacts;
  readonly preData: readonly Statement[];
  readonly postData: readonly Statement[];
  readonly parts: readonly { readonly table: SourceTable; readonly bytes: Buffer; readonly rows: number }[];
}

/** Makes the database `target`, by default of the same server, from `source` as a backup and a restore do; the facts of the backup. */
export async function copyDatabase(
  server: MysqlServer,
  source: string,
  target: string,
  other = server,
): Promise<DatabaseFacts> {
  const archive = await exportAll(server.url(source));
  await other.createDatabase(target);
  const to = await mysql.openTarget(targetOptions(other.url(target)));
  try {
    const problems = await to.preflight(archive.facts);
    // Views may keep the name of an account that is gone.
    const serious = problems.filter(({ message }) => !message.includes('lacks the account'));
    if (serious.length > 0) throw new Error(`preflight: ${JSON.stringify(serious)}`);
    await importAll(archive, to);
    await to.commit();
    await to.clean();
  } finally {
    await to.close();
  }
  return archive.facts;
}

async function exportAll(url: string): Promise<Export> {
  const source = await openSource(url);
  try {
    const parts = [];
    for (const table of source.tables.filter(({ withRows }) => withRows)) {
      for await (const part of source.parts(table, PART_BYTES)) {
        const chunks = [];
        for await (const chunk of part.chunks) chunks.push(chunk);
        parts.push({ table, bytes: Buffer.concat(chunks), rows: part.rows() });
      }
    }
    const { facts, preData, postData } = source;
    // As a manifest keeps them.
    return { facts: JSON.parse(JSON.stringify(facts)) as DatabaseFacts, preData, postData, parts };
  } finally {
    await source.close();
  }
}

async function importAll(archive: Export, to: DatabaseTarget): Promise<void> {
  const execute = (statement: Statement): Promise<void> =>
    to.execute(statement).catch((error: Error) => {
      throw new Error(`${error.message}, in:\n${statement.sql}`, { cause: error });
    });
  await to.begin(archive.facts);
  for (const statement of archive.preData) await execute(statement);
  for (const { table, bytes, rows } of archive.parts) {
    const loaded = await to.load(table, Readable.from([bytes]));
    if (loaded !== rows) throw new Error(`${loaded} of ${rows} rows of ${table.name} came`);
  }
  for (const statement of archive.postData) await execute(statement);
}

/** Everything by which two databases are compared; the name of the database is `database` in all of it. */
export interface Fingerprint {
  /** What the server's own dump program writes: schema, rows, programs; a line each. */
  readonly dump: readonly string[];
  /** What information_schema says of it, but for times and estimates: the rows of each view. */
  readonly informationSchema: Readonly<Record<string, readonly string[]>>;
  /** What Holdfast exports. */
  readonly preData: readonly string[];
  readonly postData: readonly string[];
  readonly tables: readonly string[];
  /** How many rows each partition has, and their digest. */
  readonly partitions: readonly string[];
}

/** @param database a name that occurs nowhere in it */
export async function fingerprint(server: MysqlServer, database: string): Promise<Fingerprint> {
  const anonymous = (text: string): string => text.replaceAll(database, 'database');
  const dump = await mysqlDump(server, database, server.flavor === 'mariadb' ? ['--dump-history'] : []);
  const source = await openSource(server.url(database));
  try {
    const texts = (statements: readonly Statement[]): string[] =>
      statements.map(({ kind, name, sql }) => anonymous(`${kind} ${name}: ${sql}`));
    const tables = [];
    for (const table of source.tables) {
      tables.push(
        anonymous(
          JSON.stringify([table.name, table.columns, table.loadStatement, await rowsOf(source, table)]),
        ),
      );
    }
    return {
      dump: anonymous(dump.toString('latin1')).split('\n'),
      informationSchema: await informationSchema(server, database, anonymous),
      preData: texts(source.preData),
      postData: texts(source.postData),
      tables,
      partitions: await partitionsOf(server, database),
    };
  } finally {
    await source.close();
  }
}

async function partitionsOf(server: MysqlServer, database: string): Promise<string[]> {
  const found = await server.query<{ name: string; part: string }>(
    database,
    `SELECT TABLE_NAME AS name, PARTITION_NAME AS part FROM information_schema.PARTITIONS
    WHERE TABLE_SCHEMA = DATABASE() AND PARTITION_NAME IS NOT NULL ORDER BY 1, 2`,
  );
  const texts = [];
  for (const { name, part } of found) {
    const rows = await server.query(
      database,
      `SELECT * FROM ${escapeId(name, true)} PARTITION (${escapeId(part, true)})`,
    );
    const digest = createHash('sha256').update(JSON.stringify(rows)).digest('hex');
    texts.push(`${name} ${part}: ${rows.length} ${digest}`);
  }
  return texts;
}

/** How many rows a table has in an export, and their digest. */
async function rowsOf(source: DatabaseSource, table: SourceTable): Promise<[number, string]> {
  const hash = createHash('sha256');
  let rows = 0;
  for await (const part of source.parts(table, PART_BYTES)) {
    for await (const chunk of part.chunks) hash.update(chunk);
    rows += part.rows();
  }
  return [rows, hash.digest('hex')];
}

function openSource(url: string): Promise<DatabaseSource> {
  return mysql.openSource(sourceOptions(url, { jobs: 2 }));
}
