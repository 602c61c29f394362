import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSampleApplication } from '../../../scripts/demo/sample-application.ts';
import { findPostgresTools } from '../../servers/postgres-tools.ts';
import { installedPostgresVersions, type PostgresServer, startPostgres } from '../../servers/postgres.ts';
import { runTool } from '../../support/tools.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { copyDatabase, fingerprint } from './roundtrip.ts';

// Names that occur nowhere else in the dumps, where they are replaced.
const SOURCE = 'holdfast_source';
const TARGET = 'holdfast_target';
const SCHEMAS = join(import.meta.dirname, 'schemas');
const FIXTURES = process.env['HOLDFAST_TEST_FIXTURES'];
const SERVERS = await Promise.all(
  installedPostgresVersions().map(async (version) => ({ version, tools: await findPostgresTools(version) })),
);
if (FIXTURES === undefined) console.warn('Fixtures are not tested: HOLDFAST_TEST_FIXTURES names no folder');
/** The oldest and the newest server get all schemas, those between them what they brought: all of it takes minutes more. */
const ALL = process.env['HOLDFAST_TEST_ALL'] !== undefined;
const OUTERMOST: readonly (number | undefined)[] = [SERVERS.at(0)?.version, SERVERS.at(-1)?.version];
if (!ALL) {
  const between = SERVERS.map(({ version }) => version).filter((version) => !OUTERMOST.includes(version));
  console.warn(
    `Servers ${between.join(', ')} are tested with what is new in them; with all: HOLDFAST_TEST_ALL=1`,
  );
}

/** Rows of large tables then lie as they lay at the source. */
const ONE_JOB = { jobs: 1 };

for (const { version, tools } of SERVERS) {
  if (tools.reason !== undefined) console.warn(`Server ${version} is not tested: ${tools.reason}`);
  describe.skipIf(tools.reason !== undefined)(`server ${version}`, () => {
    let server: PostgresServer;
    beforeAll(async () => {
      server = await startPostgres({ version });
    }, 120_000);
    afterAll(() => server?.stop());

    async function expectEqualCopy(
      fill: (database: string) => Promise<void>,
      { jobs = 2, inOrder = true } = {},
    ): Promise<void> {
      await server.createDatabase(SOURCE);
      try {
        await fill(SOURCE);
        const exported = await copyDatabase(server, SOURCE, TARGET, jobs);
        const sides = await Promise.all([fingerprint(server, SOURCE, exported), fingerprint(server, TARGET)]);
        const [source, target] = sides.map((side) =>
          inOrder ? side : { ...side, dump: side.dump.split('\n').toSorted().join('\n') },
        ) as typeof sides;
        expect(target.dump).toBe(source.dump);
        expect(target).toEqual(source);
      } finally {
        await server.dropDatabase(TARGET);
        await server.dropDatabase(SOURCE);
      }
    }

    it.each(schemasFor(version))('restores %s as it was', { timeout: 120_000 }, async (name) => {
      const sql = await readFile(join(SCHEMAS, name), 'utf8');
      await expectEqualCopy(async (database) => void (await server.query(database, sql)));
    });

    it.each([
      ['in one transaction, each row in its place', ONE_JOB],
      // Where a table has several parts, each is stored behind those that were first.
      ['over several connections', { jobs: 3, inOrder: false }],
    ])('restores the sample application as it was, %s', { timeout: 120_000 }, async (_title, how) => {
      const uploads = join(await temporaryFolder(), 'uploads');
      await expectEqualCopy(
        (database) => createSampleApplication((sql, values) => server.query(database, sql, values), uploads),
        how,
      );
    });

    it.each(fixtures())('restores the fixture %s as it was', { timeout: 300_000 }, async (name) => {
      const folder = join(FIXTURES as string, 'postgres', name);
      const files = readdirSync(folder)
        .filter((file) => file.endsWith('.sql'))
        .toSorted();
      await expectEqualCopy(async (database) => {
        if (tools.reason !== undefined) return;
        await server.query(database, 'CREATE EXTENSION pg_trgm');
        const scripts = files.flatMap((file) => ['--file', join(folder, file)]);
        await runTool(tools.value.psql, [
          '--no-psqlrc',
          '--quiet',
          '--dbname',
          server.url(database),
          ...scripts,
        ]);
      }, ONE_JOB);
    });
  });
}

/** `tables.sql` is for every version, `tables-16.sql` for those from 16 on. */
function schemasFor(version: number): string[] {
  const isWhole = ALL || OUTERMOST.includes(version);
  return readdirSync(SCHEMAS)
    .filter((name) => {
      const first = Number(/-(\d+)\.sql$/.exec(name)?.[1] ?? 0);
      return isWhole ? version >= first : version === first;
    })
    .toSorted();
}

function fixtures(): string[] {
  return FIXTURES === undefined ? [] : readdirSync(join(FIXTURES, 'postgres')).toSorted();
}
