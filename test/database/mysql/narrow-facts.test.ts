import { describe, expect, it } from 'vitest';
import type { Statement } from '../../../src/database/engine.ts';
import type { MysqlFacts } from '../../../src/database/mysql/facts.ts';
import { narrowFacts } from '../../../src/database/mysql/narrow-facts.ts';
import { writeProgram } from '../../../src/database/mysql/script.ts';

const archived: MysqlFacts = {
  engine: 'mysql',
  flavor: 'mariadb',
  version: '11.8.1-MariaDB',
  versionNumber: 110801,
  database: 'shop',
  encoding: 'utf8mb4',
  snapshot: null,
  collation: 'utf8mb4_general_ci',
  lowerCaseTableNames: 0,
  consistency: '',
  largestStatement: 10,
  lateIndexes: [],
  endOfTime: null,
  requires: {
    definers: [
      { account: 'app@%', objects: ['view v'] },
      { account: 'gone@%', objects: ['trigger tr of a'] },
    ],
    collations: ['utf8mb4_general_ci', 'latin1_swedish_ci', 'utf8mb4_bin'],
    storageEngines: ['InnoDB', 'Aria'],
    features: [
      { what: 'the type UUID', object: 'other', mysql: null, mariadb: 100700 },
      { what: 'the type VECTOR', object: 'other', mysql: 90000, mariadb: 110700 },
      { what: 'system-versioned tables', object: 'a', mysql: null, mariadb: 100600 },
      { what: 'packages', object: 'pack', mysql: null, mariadb: 100303 },
    ],
    kinds: ['TABLE', 'VIEW', 'TRIGGER', 'EVENT', 'FOREIGN KEY'],
    mixedCaseNames: ['A', 'B'],
    caseClashes: [['a', 'A']],
    tablesWithoutPrimaryKey: ['a', 'b'],
    historyTables: ['a'],
    undeclaredFunctions: ['f'],
    ownName: ['procedure p', 'trigger tr of a'],
    timeZones: ['Europe/Vienna'],
    tablespaces: ['space'],
    dataDirectories: ['/data/b'],
  },
};

async function narrow(...statements: (Partial<Statement> & Pick<Statement, 'kind' | 'name' | 'sql'>)[]) {
  const selected = (async function* () {
    for (const statement of statements) yield { schema: 'shop', ...statement };
  })();
  return (await narrowFacts(archived, selected)).requires;
}

describe('the facts of some tables', () => {
  it('ask for what their statements have, and for no more', async () => {
    const sql =
      "CREATE TABLE `a` (\n  `id` uuid,\n  `c` char(1) COLLATE utf8mb4_bin COMMENT ' VECTOR',\n  CONSTRAINT `f` FOREIGN KEY (`id`) REFERENCES `b` (`id`)\n) ENGINE=Aria WITH SYSTEM VERSIONING;";
    expect(await narrow({ kind: 'TABLE', name: 'a', sql })).toEqual({
      definers: [],
      collations: ['utf8mb4_general_ci', 'utf8mb4_bin'],
      storageEngines: ['Aria'],
      features: [
        { what: 'the type UUID', object: 'a', mysql: null, mariadb: 100700 },
        archived.requires.features[2],
      ],
      kinds: ['TABLE', 'FOREIGN KEY'],
      mixedCaseNames: [],
      caseClashes: [],
      tablesWithoutPrimaryKey: ['a'],
      historyTables: ['a'],
      undeclaredFunctions: [],
      ownName: [],
      timeZones: [],
      tablespaces: [],
      dataDirectories: [],
    });
  });

  it('ask for the definers of their programs', async () => {
    const body =
      'CREATE DEFINER=`gone`@`%` TRIGGER `tr` BEFORE INSERT ON `a` FOR EACH ROW SET NEW.id = (SELECT 1 FROM shop.b)';
    const about = { kind: 'TRIGGER', schema: 'shop', name: 'tr', table: 'a' };
    const sql = writeProgram({ settings: ["SET sql_mode = ''"], body });
    const { definers, kinds, ownName } = await narrow({ kind: 'TRIGGER', name: 'tr', sql, about });
    expect(definers).toEqual([{ account: 'gone@%', objects: ['trigger tr of a'] }]);
    expect(kinds).toEqual(['TRIGGER']);
    expect(ownName).toEqual(['trigger tr of a']);
  });
});
