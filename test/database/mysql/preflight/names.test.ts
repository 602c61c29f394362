import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DatabaseFacts } from '../../../../src/database/engine.ts';
import { mysql } from '../../../../src/database/mysql/mysql.ts';
import { findMysql, type MysqlServer, startMysql } from '../../../servers/mysql.ts';
import { targetOptions } from '../../../support/engine-options.ts';
import { recordingReporter } from '../../../support/recording-reporter.ts';
import { readArchive } from './archive.ts';

const found = await findMysql('mariadb');
if (found.reason !== undefined) process.stderr.write(`names.test.ts: ${found.reason}\n`);

describe.skipIf(found.reason !== undefined)('a server that keeps names in small letters', () => {
  let server: MysqlServer;
  let facts: DatabaseFacts;

  beforeAll(async () => {
    server = await startMysql({ args: ['--lower-case-table-names=1'] });
    await server.createDatabase('app');
    facts = (await readArchive(server.url('app'))).facts;
  }, 120_000);

  afterAll(() => server?.stop());

  async function preflight(requires: object) {
    const reporter = recordingReporter();
    const target = await mysql.openTarget(targetOptions(server.url('app'), { reporter, jobs: 1 }));
    try {
      const own = facts['requires'] as object;
      const problems = await target.preflight({ ...facts, requires: { ...own, ...requires } });
      return { messages: problems.map(({ message }) => message), warnings: reporter.warnings };
    } finally {
      await target.close();
    }
  }

  it('cannot take names that differ by case alone', async () => {
    expect(await preflight({ caseClashes: [['Orders', 'orders']], mixedCaseNames: ['Orders'] })).toEqual({
      messages: [
        'the target server does not tell names of tables apart by case (lower_case_table_names = 1): Orders and orders',
      ],
      warnings: [],
    });
  });

  it('changes names, which is a warning', async () => {
    expect(await preflight({ mixedCaseNames: ['Orders'] })).toEqual({
      messages: [],
      warnings: [
        'The target server keeps names of tables in small letters (lower_case_table_names = 1): Orders.',
      ],
    });
  });

  it('takes all others', async () => {
    expect(await preflight({})).toEqual({ messages: [], warnings: [] });
  });
});
