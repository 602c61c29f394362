import { areTexts, factChecks, type Fields, isCount, isText, isTextOrNull } from '../../core/fact-checks.ts';
import type { DatabaseFacts } from '../engine.ts';
import type { PostgresFacts } from './facts.ts';

const { expect, fieldsOf, listOf } = factChecks('PostgreSQL');

/**
 * The facts that an archive's manifest has of a PostgreSQL database, checked: whoever made the archive wrote them.
 * @throws HoldfastError `damaged` that names the fact
 */
export function archivedFacts(facts: DatabaseFacts): PostgresFacts {
  expect(Number.isSafeInteger(facts['versionNumber']), 'versionNumber');
  for (const name of ['collate', 'ctype', 'localeProvider']) expect(isText(facts[name]), name);
  expect(isTextOrNull(facts['locale']), 'locale');
  expect(facts['textEncoding'] === undefined || isText(facts['textEncoding']), 'textEncoding');
  for (const name of ['icuRules', 'collationVersion']) expect(isTextOrNull(facts[name] ?? null), name);
  checkRequirements(fieldsOf(facts['requires'], 'requires'));
  return facts as PostgresFacts;
}

function checkRequirements(requires: Fields): void {
  const roles = fieldsOf(requires['roles'], 'requires.roles');
  for (const name of ['owners', 'privileges', 'others'])
    expect(areTexts(roles[name]), `requires.roles.${name}`);
  for (const name of ['languages', 'tablespaces', 'collations', 'accessMethods']) {
    expect(areTexts(requires[name]), `requires.${name}`);
  }
  for (const extension of listOf(requires['extensions'], 'requires.extensions')) {
    expect(isText(extension['name']), 'requires.extensions');
    for (const name of ['version', 'schema']) {
      expect(extension[name] === undefined || isText(extension[name]), 'requires.extensions');
    }
  }
  // Archives of the first versions have none.
  if (requires['demands'] !== undefined) checkDemands(fieldsOf(requires['demands'], 'requires.demands'));
}

const listsOfDemands = [
  'database',
  'publicSchema',
  'settings',
  'settingRoles',
  'defaultPrivilegeRoles',
  'features',
  'localeBound',
];

function checkDemands(demands: Fields): void {
  const check = (isGood: boolean, name: string): void => expect(isGood, `requires.demands.${name}`);
  for (const name of listsOfDemands) check(areTexts(demands[name]), name);
  for (const { what, count, names, isPrivilege, isOwner = false } of listOf(
    demands['superuser'],
    'requires.demands.superuser',
  )) {
    const areFlags = typeof isPrivilege === 'boolean' && typeof isOwner === 'boolean';
    check(isText(what) && isCount(count) && areTexts(names) && areFlags, 'superuser');
  }
  for (const { name, owner, roles, creators = [] } of listOf(
    demands['schemas'],
    'requires.demands.schemas',
  )) {
    const areGood = Array.isArray(creators) && creators.every(isTextOrNull);
    check(isText(name) && isTextOrNull(owner) && areTexts(roles) && areGood, 'schemas');
  }
  const versions = listOf(demands['collationVersions'], 'requires.demands.collationVersions');
  for (const { name, version } of versions) check(isText(name) && isText(version), 'collationVersions');
  check(isCount(demands['relations']), 'relations');
  checkLaterDemands(demands, check);
}

/** What archives of the first versions do not tell. */
function checkLaterDemands(demands: Fields, check: (isGood: boolean, name: string) => void): void {
  for (const name of ['superuserOwners', 'publicationOwners', 'securityLabelProviders', 'populatedSchemas'])
    check(areTexts(demands[name] ?? []), name);
  for (const { name, roles } of listOf(demands['wrappers'] ?? [], 'requires.demands.wrappers')) {
    check(isText(name) && areTexts(roles), 'wrappers');
  }
  for (const { what, names, refusedSince } of listOf(
    demands['versions'] ?? [],
    'requires.demands.versions',
  )) {
    check(isText(what) && areTexts(names) && isCount(refusedSince), 'versions');
  }
  for (const { name, provider, deterministic, ...rest } of listOf(
    demands['collations'] ?? [],
    'requires.demands.collations',
  )) {
    const areGood = [rest['collate'], rest['ctype'], rest['locale'], rest['rules']].every(isTextOrNull);
    check(isText(name) && isText(provider) && isText(deterministic) && areGood, 'collations');
  }
  for (const { library, symbol } of listOf(
    demands['nativeFunctions'] ?? [],
    'requires.demands.nativeFunctions',
  )) {
    check(isTextOrNull(library) && isText(symbol), 'nativeFunctions');
  }
  if (demands['newer'] !== undefined) checkNewer(fieldsOf(demands['newer'], 'requires.demands.newer'), check);
  const largeObjects = fieldsOf(demands['largeObjects'] ?? {}, 'requires.demands.largeObjects');
  for (const name of ['count', 'granted', 'described'])
    check(isCount(largeObjects[name] ?? 0), 'largeObjects');
  const subscriptions = listOf(demands['subscriptions'] ?? [], 'requires.demands.subscriptions');
  for (const { name, owner, isRestricted } of subscriptions) {
    check(isText(name) && isText(owner) && typeof isRestricted === 'boolean', 'subscriptions');
  }
  for (const { columns, ...names } of listOf(
    demands['configuration'] ?? [],
    'requires.demands.configuration',
  )) {
    const areGood = ['extension', 'extensionSchema', 'schema', 'name'].every((name) => isText(names[name]));
    check(areGood && areTexts(columns), 'configuration');
  }
  for (const { name, reads, reader, isGranted } of listOf(
    demands['refreshes'] ?? [],
    'requires.demands.refreshes',
  )) {
    check([name, reads, reader].every(isText) && typeof isGranted === 'boolean', 'refreshes');
  }
  const members = listOf(demands['extensionMembers'] ?? [], 'requires.demands.extensionMembers');
  for (const { extension, members: all, used } of members) {
    check(isText(extension) && areTexts(all) && areTexts(used), 'extensionMembers');
  }
  const dictionaries = listOf(demands['dictionaries'] ?? [], 'requires.demands.dictionaries');
  for (const { name, template, options } of dictionaries) {
    check(isText(name) && isText(template), 'dictionaries');
    for (const option of listOf(options, 'requires.demands.dictionaries')) {
      check(isText(option['name']) && isText(option['value']), 'dictionaries');
    }
  }
}

function checkNewer(newer: Fields, check: (isGood: boolean, name: string) => void): void {
  for (const name of ['functions', 'types', 'operatorClasses']) check(areTexts(newer[name]), 'newer');
  for (const { what, since, count, names, isPrivilege } of listOf(
    newer['features'],
    'requires.demands.newer',
  )) {
    const isGood = isText(what) && isCount(since) && isCount(count) && areTexts(names);
    check(isGood && typeof isPrivilege === 'boolean', 'newer');
  }
}
