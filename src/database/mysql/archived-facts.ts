import { areTexts, factChecks, type Fields, isCount, isText } from '../../core/fact-checks.ts';
import type { DatabaseFacts } from '../engine.ts';
import { archivedEndOfTime } from './end-of-time.ts';
import type { MysqlFacts } from './facts.ts';

const { expect, fieldsOf, listOf } = factChecks('MySQL');

const listsOfTexts = [
  'collations',
  'storageEngines',
  'kinds',
  'mixedCaseNames',
  'tablesWithoutPrimaryKey',
  'historyTables',
  'undeclaredFunctions',
  'ownName',
  'timeZones',
  'tablespaces',
  'dataDirectories',
];

/**
 * The facts that an archive's manifest has of a MySQL or MariaDB database, checked: whoever made the archive wrote them.
 * @throws HoldfastError `damaged` that names the fact
 */
export function archivedFacts(facts: DatabaseFacts): MysqlFacts {
  expect(facts['flavor'] === 'mysql' || facts['flavor'] === 'mariadb', 'flavor');
  for (const name of ['versionNumber', 'lowerCaseTableNames', 'largestStatement'])
    expect(isCount(facts[name]), name);
  for (const name of ['collation', 'consistency']) expect(isText(facts[name]), name);
  // What older versions of Holdfast did not write.
  const { lateIndexes = [] } = facts;
  expect(areTexts(lateIndexes), 'lateIndexes');
  const requires = { ownName: [], ...fieldsOf(facts['requires'], 'requires') };
  checkRequirements(requires);
  const endOfTime = archivedEndOfTime(facts);
  expect([undefined, null, endOfTime].includes(facts['endOfTime'] as typeof endOfTime), 'endOfTime');
  return { ...facts, lateIndexes, endOfTime, requires } as unknown as MysqlFacts;
}

function checkRequirements(requires: Fields): void {
  for (const name of listsOfTexts) expect(areTexts(requires[name]), `requires.${name}`);
  for (const { account, objects } of listOf(requires['definers'], 'requires.definers')) {
    expect(isText(account) && areTexts(objects), 'requires.definers');
  }
  for (const { what, object, mysql, mariadb } of listOf(requires['features'], 'requires.features')) {
    const areVersions = [mysql, mariadb].every((version) => version === null || isCount(version));
    expect(isText(what) && isText(object) && areVersions, 'requires.features');
  }
  const clashes = requires['caseClashes'];
  expect(Array.isArray(clashes) && clashes.every(areTexts), 'requires.caseClashes');
}
