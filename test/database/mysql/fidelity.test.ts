import { readdirSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mysqlScript } from '../../servers/mysql-tools.ts';
import { availableMysqlVersions, findMysql, type MysqlServer, startMysql } from '../../servers/mysql.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { copyDatabase, fingerprint } from './fidelity.ts';

// Names that occur nowhere else in the dumps, where they are replaced.
const SOURCE = 'holdfidelity_source';
const TARGET = 'holdfidelity_target';
const SCHEMAS = join(import.meta.dirname, 'schemas');
const FIXTURES = process.env['HOLDFAST_TEST_FIXTURES'];
/** With these a fixture chooses a database of its own. */
const DATABASE_LINES = /^(?:(?:DROP|CREATE) (?:SCHEMA|DATABASE)|USE) .*$/gim;
if (FIXTURES === undefined) console.warn('Fixtures are not tested: HOLDFAST_TEST_FIXTURES names no folder');

for (const version of await availableMysqlVersions()) {
  const found = await findMysql(version);
  if (found.reason !== undefined) throw new Error(found.reason);
  const { flavor, release } = found.value;
  describe(`server ${version}`, () => {
    let server: MysqlServer;
    beforeAll(async () => {
      // Not the zone of the connections, and not that of most machines.
      server = await startMysql({ version, args: ['--default-time-zone=+05:30'] });
    });
    afterAll(() => server?.stop());

    /** What a restore leaves beside the database if it is not cleaned up. */
    async function sideDatabases(): Promise<string[]> {
      const rows = await server.query<{ name: string }>(
        '',
        `SELECT SCHEMA_NAME AS name FROM information_schema.SCHEMATA WHERE SCHEMA_NAME LIKE 'holdfast\\_%'`,
      );
      return rows.map(({ name }) => name);
    }

    async function expectEqualCopy(files: readonly string[], options?: string): Promise<void> {
      await server.createDatabase(SOURCE, options);
      try {
        for (const file of files) await mysqlScript(server, SOURCE, file);
        await copyDatabase(server, SOURCE, TARGET);
        const source = await fingerprint(server, SOURCE);
        const target = await fingerprint(server, TARGET);
        expect(source.dump.length).toBeGreaterThan(50);
        expect(firstDifference(source.dump, target.dump)).toBeUndefined();
        expect({ ...target, dump: [] }).toEqual({ ...source, dump: [] });
        expect(await sideDatabases()).toEqual([]);
      } finally {
        for (const name of [TARGET, SOURCE, ...(await sideDatabases())]) await server.dropDatabase(name);
      }
    }

    it.each(schemasFor(flavor, release))('restores %s as it was', { timeout: 120_000 }, async (name) => {
      await expectEqualCopy([join(SCHEMAS, name)]);
    });

    it.each(fixtures())('restores the fixture %s as it was', { timeout: 300_000 }, async (name) => {
      const folder = join(FIXTURES as string, 'mysql', name);
      const here = await temporaryFolder();
      const files = readdirSync(folder).filter((file) => file.endsWith('.sql'));
      for (const file of files) {
        const text = await readFile(join(folder, file), 'latin1');
        await writeFile(join(here, file), text.replaceAll(DATABASE_LINES, ''), 'latin1');
      }
      await expectEqualCopy(files.toSorted().map((file) => join(here, file)));
    });
  });
}

/** `a.sql` is for all servers, `a.mariadb.sql` for those of MariaDB, `a.mysql-80400.sql` for those of MySQL 8.4.0 and newer. */
function schemasFor(flavor: string, release: string): string[] {
  const [major = 0, minor = 0, patch = 0] = release.split(/[.-]/, 3).map(Number);
  const number = major * 10_000 + minor * 100 + patch;
  return readdirSync(SCHEMAS)
    .filter((file) => {
      const parts = /^[^.]+(?:\.(mariadb|mysql)(?:-(\d+))?)?\.sql$/.exec(file);
      // What a server prints of views that do not work depends on what it opened before.
      return (
        file !== 'broken-views.sql' &&
        parts !== null &&
        (parts[1] ?? flavor) === flavor &&
        Number(parts[2] ?? 0) <= number
      );
    })
    .toSorted();
}

function fixtures(): string[] {
  return FIXTURES === undefined ? [] : readdirSync(join(FIXTURES, 'mysql')).toSorted();
}

/** The lines around the first ones that differ. */
function firstDifference(left: readonly string[], right: readonly string[]): unknown {
  const length = Math.max(left.length, right.length);
  for (let index = 0; index < length; index += 1) {
    if (left[index] === right[index]) continue;
    const around = (lines: readonly string[]): string[] =>
      lines.slice(Math.max(0, index - 5), index + 5).map((line) => line.slice(0, 2000));
    return { line: index + 1, source: around(left), target: around(right) };
  }
  return undefined;
}
