import { Readable } from 'node:stream';
import type { DatabaseFacts, Statement } from '../../../../src/database/engine.ts';
import { writeProgram } from '../../../../src/database/mysql/script.ts';
import { openTarget } from '../../../../src/database/mysql/target/target.ts';
import { targetOptions } from '../../../support/engine-options.ts';

/** How long the packet of the swap stops behind the new tables, in seconds; the trial of the programs as well. */
const pause = Number(process.env['SAMPLE_PAUSE'] ?? '0');
const definer = '`root`@`localhost`';

/** The facts of an archive as far as a load looks at them. */
export function sampleFacts(flavor: 'mysql' | 'mariadb'): DatabaseFacts {
  const requires = {
    definers: [],
    collations: [],
    storageEngines: [],
    kinds: [],
    mixedCaseNames: [],
    tablesWithoutPrimaryKey: [],
    historyTables: [],
    undeclaredFunctions: [],
    timeZones: [],
    tablespaces: [],
    dataDirectories: [],
    features: [],
    caseClashes: [],
  };
  return {
    engine: 'mysql',
    version: 'any',
    database: 'source',
    encoding: 'utf8mb4',
    snapshot: null,
    flavor,
    versionNumber: 0,
    collation: 'utf8mb4_bin',
    lowerCaseTableNames: 0,
    consistency: '',
    largestStatement: 0,
    requires,
  };
}

function statement(kind: string, name: string, sql: string): Statement {
  return { kind, schema: 'source', name, sql };
}

export function program(
  kind: string,
  name: string,
  body: string,
  prelude: readonly string[] = [],
  as = definer,
): Statement {
  const settings = [
    `SET character_set_client = utf8mb4, collation_connection = utf8mb4_general_ci, sql_mode = '', time_zone = 'SYSTEM'`,
  ];
  return statement(kind, name, writeProgram({ settings, prelude, body: `CREATE DEFINER=${as} ${body}` }));
}

export const sampleTables: readonly Statement[] = [
  statement('SETTING', 'checks', 'SET foreign_key_checks = 0;'),
  statement('DATABASE', 'source', 'ALTER DATABASE CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;'),
  statement('TABLE', 'a', 'CREATE TABLE `a` (`id` int PRIMARY KEY, `b\n;\nc` int);'),
  statement(
    'TABLE',
    'x',
    'CREATE TABLE `x` (`id` int PRIMARY KEY, `a` int, FOREIGN KEY (`a`) REFERENCES `a` (`id`));',
  ),
];

export const sampleRows =
  'INSERT INTO `a` (`id`,`b\n;\nc`) VALUES\n (1,2)\n,(2,2)\n;\nINSERT INTO `a` VALUES\n (5,5)\n;\n';

export const samplePrograms: readonly Statement[] = [
  statement('INDEX', 'a', 'ALTER TABLE `a` ADD KEY `k` (`b\n;\nc`);'),
  // A comment at its end, in which MySQL would take a semicolon for its own.
  program('FUNCTION', 'f', 'FUNCTION `f`() RETURNS int DETERMINISTIC RETURN 2 -- two'),
  program('PROCEDURE', 'q', 'PROCEDURE `q`() BEGIN SELECT 1; SELECT f(); END', [`DO SLEEP(${pause})`]),
  statement(
    'VIEW',
    'v',
    writeProgram({
      settings: [],
      body: `CREATE ALGORITHM=UNDEFINED DEFINER=${definer} SQL SECURITY DEFINER VIEW \`v\` AS select \`a\`.\`id\` AS \`id\` from \`a\``,
    }),
  ),
  program('TRIGGER', 't', 'TRIGGER `t` BEFORE INSERT ON `a` FOR EACH ROW SET NEW.id = NEW.id + 100 # more'),
  program(
    'EVENT',
    'e',
    `EVENT \`e\` ON SCHEDULE EVERY 1 DAY STARTS '2037-01-01 00:00:00' ON COMPLETION NOT PRESERVE ENABLE DO DELETE FROM a`,
  ),
];

/** The same with bodies that have an end of their own. */
const wholePrograms: readonly Statement[] = [
  program(
    'FUNCTION',
    'f',
    'FUNCTION `f`() RETURNS int DETERMINISTIC BEGIN RETURN CASE WHEN 1 THEN 2 END; END',
  ),
  ...samplePrograms.filter(({ kind }) => kind === 'PROCEDURE' || kind === 'VIEW'),
  program('TRIGGER', 't', 'TRIGGER `t` BEFORE INSERT ON `a` FOR EACH ROW IF 1 THEN SET NEW.id = 7; END IF'),
  program(
    'EVENT',
    'e',
    `EVENT \`e\` ON SCHEDULE EVERY 1 DAY STARTS '2037-01-01 00:00:00' ON COMPLETION NOT PRESERVE ENABLE DO BEGIN DELETE FROM a; END`,
  ),
];

/** The statements of what the sample replaces: every kind of thing, with others of the same names among them. */
export const oldDatabase: readonly string[] = [
  'CREATE TABLE a (id int PRIMARY KEY, n int)',
  'CREATE TABLE b (id int PRIMARY KEY, a int, FOREIGN KEY (a) REFERENCES a (id))',
  'INSERT INTO a VALUES (1, 1)',
  'INSERT INTO b VALUES (1, 1)',
  'CREATE VIEW v AS SELECT id FROM a',
  'CREATE VIEW w AS SELECT * FROM v',
  'CREATE TRIGGER z BEFORE INSERT ON a FOR EACH ROW SET NEW.n = 7',
  'CREATE TRIGGER t BEFORE INSERT ON a FOR EACH ROW SET NEW.n = NEW.n + 1',
  'CREATE FUNCTION f() RETURNS int DETERMINISTIC RETURN 1',
  'CREATE PROCEDURE p() BEGIN SELECT 1; SELECT f(); END',
  "CREATE EVENT e ON SCHEDULE EVERY 1 DAY STARTS '2037-01-01 00:00:00' DO DELETE FROM b",
];

/** Restores the sample into a database, replacing what it holds, and tells of each step once it is reached. */
export async function loadSample(
  url: string,
  flavor: 'mysql' | 'mariadb',
  reached: (step: string) => void,
  programs = samplePrograms,
): Promise<void> {
  const target = await openTarget(targetOptions(url, { replace: true }));
  try {
    reached('opened');
    await target.begin(sampleFacts(flavor));
    reached('begun');
    for (const one of sampleTables) await target.execute(one);
    reached('made');
    await target.load({ schema: 'source', name: 'a', columns: [] }, Readable.from([Buffer.from(sampleRows)]));
    reached('loaded');
    for (const one of programs) await target.execute(one);
    reached('tried');
    await target.commit();
    reached('committed');
    await target.clean();
  } finally {
    await target.close();
  }
}

const [, main, url, flavor] = process.argv;
if (main === import.meta.filename && url !== undefined) {
  const programs = process.env['SAMPLE_PROGRAMS'] === 'whole' ? wholePrograms : samplePrograms;
  await loadSample(url, flavor as 'mysql' | 'mariadb', (step) => process.stdout.write(`${step}\n`), programs);
}
