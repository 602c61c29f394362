import { readdirSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readDatabaseDefaults } from '../../../../../src/database/mysql/catalog/database-defaults.ts';
import { objectId } from '../../../../../src/database/mysql/catalog/object.ts';
import { settingStatements } from '../../../../../src/database/mysql/catalog/settings.ts';
import { readTables, type TableObject } from '../../../../../src/database/mysql/catalog/tables/tables.ts';
import { quoteName } from '../../../../../src/database/mysql/columns.ts';
import type { Session } from '../../../../../src/database/mysql/connection/session.ts';
import { introducedForms, literalForms } from '../../../../../src/database/mysql/source/literals.ts';
import { RowText } from '../../../../../src/database/mysql/source/row-text.ts';
import { loadStatements } from '../../../../../src/database/mysql/source/rows.ts';
import { availableMysqlVersions, type MysqlServer, startMysql } from '../../../../servers/mysql.ts';
import { openSession } from '../open-session.ts';

const SOURCE = 'holdfast_source';
const TARGET = 'holdfast_target';
const SCHEMAS = join(import.meta.dirname, '../../schemas');

for (const version of await availableMysqlVersions()) {
  describe(`server ${version}`, () => {
    let server: MysqlServer;
    const sessions: Session[] = [];
    beforeAll(async () => {
      server = await startMysql({ version });
    }, 120_000);
    afterAll(() => server?.stop());

    /** Runs `work` with a source database that `sql` has filled and an empty target database. */
    async function withDatabases(
      { sql, charset }: { sql: string; charset: string },
      work: (source: Session, target: Session) => Promise<void>,
    ): Promise<void> {
      await server.createDatabase(SOURCE, `CHARACTER SET ${charset}`);
      await server.createDatabase(TARGET);
      try {
        await server.query(SOURCE, sql);
        sessions.push(await openSession(server.url(SOURCE)), await openSession(server.url(TARGET)));
        await work(sessions[0]!, sessions[1]!);
      } finally {
        for (const session of sessions.splice(0)) await session.close();
        await server.dropDatabase(SOURCE);
        await server.dropDatabase(TARGET);
      }
    }

    const cases = schemasFor(version).flatMap((name) => [
      { name, charset: 'utf8mb4', isLarge: false },
      { name, charset: 'latin1', isLarge: true },
    ]);
    it.each(cases)(
      'makes $name again as it is in $charset, indexes after the rows: $isLarge',
      { timeout: 60_000 },
      async ({ name, charset, isLarge }) => {
        const sql = await readFile(join(SCHEMAS, name), 'utf8');
        await withDatabases({ sql, charset }, async (source, target) => {
          const tables = await readTables(source, { isLarge: () => isLarge });
          const before = await stateOf(source, tables);
          for (const statement of [
            ...settingStatements(),
            ...(await readDatabaseDefaults(source)).statements,
          ]) {
            await target.run(statement.sql);
          }
          for (const statement of tables.flatMap(({ preData }) => preData)) await target.run(statement.sql);
          for (const table of tables) await copyRows(table, source, target);
          for (const statement of tables.flatMap(({ postData }) => postData)) await target.run(statement.sql);
          expect(await stateOf(target, tables)).toEqual(before);
          expect((await readDatabaseDefaults(target)).statements).toEqual(
            (await readDatabaseDefaults(source)).statements,
          );
        });
      },
    );

    it('makes indexes after the rows only where the order of keys stays', async () => {
      const sql = await readFile(join(SCHEMAS, 'tables-keys.sql'), 'utf8');
      await withDatabases({ sql, charset: 'utf8mb4' }, async (source) => {
        const tables = await readTables(source, { isLarge: () => true });
        const late = (name: string) => find(tables, name).postData.map((statement) => statement.sql);
        // The index that its foreign key has made comes last, and must be there.
        expect(late('a_child')).toEqual([]);
        expect(late('keys_of_all_kinds').join()).toMatch(
          /^ALTER TABLE .*\n {2}ADD KEY `sized` .*,\n {2}ADD KEY `last` \(`b`\);$/,
        );
        expect(late('z_parent')).toEqual([]);
        expect(find(await readTables(source), 'keys_of_all_kinds').postData).toEqual([]);
      });
    });

    it('tells what a table needs and what a backup of it lacks', async () => {
      const sql = await readFile(join(SCHEMAS, 'tables-keys.sql'), 'utf8');
      await withDatabases({ sql, charset: 'utf8mb4' }, async (source) => {
        const tables = await readTables(source);
        expect(find(tables, 'a_child').needs).toEqual([objectId('TABLE', 'z_parent')]);
        expect(find(tables, 'itself').needs).toEqual([]);
        const joined = find(tables, 'joined');
        expect(joined.needs).toEqual([objectId('TABLE', 'joined_1'), objectId('TABLE', 'joined `2')]);
        expect([joined.rows, joined.warnings]).toEqual([null, [expect.stringContaining('in other tables')]]);
        expect(tables.filter(({ hasPrimaryKey }) => !hasPrimaryKey).map(({ name }) => name)).toContain(
          'keyless',
        );
      });
    });

    it('names a table that cannot be opened and goes on', async () => {
      const sql = 'CREATE TABLE broken (a int) ENGINE = MyISAM; CREATE TABLE sound (a int)';
      await withDatabases({ sql, charset: 'utf8mb4' }, async (source) => {
        await server.query(SOURCE, 'FLUSH TABLES');
        await rm(join(server.folder, 'data', SOURCE, 'broken.MYI'));
        const tables = await readTables(source);
        expect(find(tables, 'broken').failure?.message).toMatch(
          /^Cannot read the definition of table broken: /,
        );
        expect(find(tables, 'sound').failure).toBeUndefined();
      });
    });
  });
}

function find(tables: readonly TableObject[], name: string): TableObject {
  return tables.find((table) => table.name === name)!;
}

function schemasFor(version: string): string[] {
  const flavor = version === 'mysql' ? 'mysql' : 'mariadb';
  return readdirSync(SCHEMAS).filter((name) => {
    const [base, ...suffixes] = name.split('.');
    return base!.startsWith('tables') && (suffixes.length === 1 || suffixes[0] === flavor);
  });
}

/** What the server prints of each table, and a checksum of what it stores in it, or its rows. */
async function stateOf(session: Session, tables: readonly TableObject[]): Promise<Record<string, unknown>> {
  const state: Record<string, unknown> = {};
  await session.run('SET character_set_results = NULL');
  for (const { name, storageEngine, rows } of tables) {
    const [created] = await session.query(`SHOW CREATE TABLE ${quoteName(name)}`);
    const sql = created!['Create Table']!.replaceAll(`\`${session.database}\`.`, '');
    // It is another one at each time for ARCHIVE, and where an index has an array of values.
    const isSteady = rows !== null && storageEngine !== 'ARCHIVE' && !sql.includes(' array)');
    state[name] = {
      sql,
      checksum: isSteady
        ? (await session.query(`CHECKSUM TABLE ${quoteName(name)} EXTENDED`))[0]!['Checksum']
        : null,
      rows: isSteady ? null : await session.query(`SELECT * FROM ${quoteName(name)}`),
    };
  }
  return state;
}

/** Copies a table's rows as a backup and its restore do. */
async function copyRows({ name, rows }: TableObject, source: Session, target: Session): Promise<void> {
  if (rows === null) return;
  const columns = rows.columns.map((column) => quoteName(column.name)).join(',');
  const selected = rows.columns.length === 0 ? [{ select: "''", literal: 'bare' } as const] : rows.columns;
  const known = rows.introduced ? introducedForms : literalForms;
  const forms = selected.map(({ literal }) => known[literal]);
  const text = new RowText(
    Buffer.from(`INSERT INTO ${quoteName(name)} (${columns}) VALUES\n`),
    forms,
    Infinity,
  );
  const cursor = await source.read(
    `SELECT ${selected.map(({ select }) => select).join(', ')} FROM ${rows.from}`,
    text,
  );
  while (await cursor.advance());
  text.finish();
  const chunks: Buffer[] = [];
  for (let piece = text.take(); piece !== undefined; piece = text.take()) {
    if (Buffer.isBuffer(piece)) chunks.push(Buffer.from(piece));
  }
  for (const sql of loadStatements({ name, rows }).split('\n')) await target.run(sql).catch(emptyAlone);
  for (const statement of Buffer.concat(chunks)
    .toString('latin1')
    .split(/;\n(?=INSERT|$)/)) {
    if (statement !== '') await target.run(Buffer.from(statement, 'latin1'));
  }
  await target.run("SET NAMES utf8mb4, sql_mode = 'NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES'");
}

/** A comment for another server is no statement. */
function emptyAlone(error: Error & { code?: unknown }): void {
  if (error.code !== 1065) throw error;
}
