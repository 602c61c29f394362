import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { statementFeatures } from '../../../src/database/mysql/features/statement-features.ts';
import { availableMysqlVersions, type MysqlServer, startMysql } from '../../servers/mysql.ts';
import { withSession } from './catalog/open-session.ts';
import { readSchema } from '../../../src/database/mysql/catalog/schema.ts';

/** What makes a thing that one flavor alone has, or not in all versions, and what it is called. */
const BOTH: readonly (readonly [sql: string, what: string])[] = [
  ['CREATE TABLE t (a int, b int INVISIBLE)', 'invisible columns'],
  ['CREATE TABLE t (a int DEFAULT (1 + 1))', 'defaults that are expressions'],
  ['CREATE TABLE t (a int, KEY (a DESC))', 'descending indexes'],
  ['CREATE TABLE t (a int CHECK (a > 0))', 'check constraints'],
];
const CASES: Readonly<Record<MysqlServer['flavor'], typeof BOTH>> = {
  mysql: [
    ...BOTH,
    ['CREATE TABLE t (p point NOT NULL SRID 4326)', 'columns with an SRID'],
    ['CREATE TABLE t (g geometrycollection)', 'the type GEOMCOLLECTION'],
    ['CREATE TABLE t (a int, KEY ((a + 1)))', 'indexes on expressions'],
    ["CREATE TABLE t (j json, KEY ((cast(j -> '$' AS unsigned ARRAY))))", 'indexes on arrays'],
    ['CREATE TABLE t (a int, KEY (a) INVISIBLE)', 'invisible indexes'],
    ['CREATE TABLE t (a int, CHECK (a > 0) NOT ENFORCED)', 'check constraints that are not enforced'],
    ['CREATE TABLE t (a text, FULLTEXT KEY (a) WITH PARSER ngram)', 'the full-text parsers of MySQL'],
    ["CREATE TABLE t (a int) COMPRESSION = 'zlib'", 'page compression (COMPRESSION)'],
  ],
  mariadb: [
    ...BOTH,
    ['CREATE TABLE t (a uuid DEFAULT uuid())', 'the type UUID'],
    ['CREATE TABLE t (a varchar(40) DEFAULT uuid())', 'defaults that are functions without parentheses'],
    ["CREATE TABLE t (a text DEFAULT 'x')", 'constant defaults of TEXT and BLOB columns'],
    ['CREATE TABLE t (a int, KEY (a) IGNORED)', 'ignored indexes'],
    ['CREATE TABLE t (a text, UNIQUE KEY (a))', 'unique indexes on whole TEXT and BLOB columns'],
    ['CREATE TABLE t (a text COMPRESSED)', 'compressed columns'],
    ['CREATE TABLE t (a int) PAGE_COMPRESSED = 1', 'page compression (PAGE_COMPRESSED)'],
    ['CREATE TABLE t (a int) WITH SYSTEM VERSIONING', 'system-versioned tables'],
    ['CREATE TABLE t (s date, e date, PERIOD FOR p (s, e))', 'application-time periods'],
    [
      'CREATE TABLE t (a int) ENGINE = Aria PARTITION BY HASH (a)',
      'partitions of tables that are not InnoDB',
    ],
    ['CREATE TABLE t (a int) PARTITION BY LIST (a) (PARTITION p DEFAULT)', 'default partitions'],
    ['CREATE SEQUENCE t', 'sequences'],
    ["SET sql_mode = 'ORACLE'; CREATE PROCEDURE p AS BEGIN NULL; END", 'the sql_mode ORACLE'],
  ],
};

describe.each(await availableMysqlVersions())('what of %s not every server has', (version) => {
  let server: MysqlServer;
  beforeAll(async () => {
    server = await startMysql({ version });
  });
  afterAll(() => server?.stop());

  it('is found in a schema and in its statements', async () => {
    for (const [sql, what] of CASES[server.flavor]) {
      await server.createDatabase('source');
      await server.query(
        'source',
        `${sql}; SET sql_mode = ''; CREATE TABLE plain (a int, b text, c timestamp DEFAULT CURRENT_TIMESTAMP, KEY (a))`,
      );
      for (const lateIndexes of [new Set<string>(), new Set(['t'])]) {
        const options = { excludeTable: () => false, excludeRows: () => false, lateIndexes };
        const { preData, postData, requires } = await withSession(server.url('source'), (session) =>
          readSchema(session, options),
        );
        const known = expect.objectContaining({ what, object: what.startsWith('the sql_mode') ? 'p' : 't' });
        expect(requires.features).toContainEqual(known);
        const told = [...preData, ...postData]
          .filter(({ kind }) => kind !== 'SETTING')
          .flatMap(statementFeatures);
        expect(new Set(told.map((feature) => feature.what))).toEqual(
          new Set(requires.features.map((feature) => feature.what)),
        );
        expect(told).toContainEqual(known);
        expect(told.filter(({ object }) => object === 'plain')).toEqual([]);
      }
      await server.dropDatabase('source');
    }
  });
});

it('TIMESTAMPs after January 2038 are told where they are defaults', () => {
  const featuresOf = (value: string): string[] =>
    statementFeatures({
      kind: 'TABLE',
      name: 't',
      sql: `CREATE TABLE \`t\` (\n  \`a\` timestamp NULL DEFAULT '${value}'\n)`,
    }).map(({ what }) => what);
  expect(featuresOf('2038-01-19 03:14:07.999999')).toEqual([]);
  expect(featuresOf('2038-01-19 03:14:08')).toEqual(['defaults of TIMESTAMP columns after January 2038']);
});
