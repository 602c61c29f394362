import { HoldfastError } from '../../core/errors.ts';
import type { DatabaseFacts } from '../engine.ts';
import type { PostgresFacts } from './facts.ts';

type Fields = Readonly<Record<string, unknown>>;

/**
 * The facts that an archive's manifest has of a PostgreSQL database, checked: whoever made the archive wrote them.
 * @throws HoldfastError `damaged` that names the fact
 */
export function archivedFacts(facts: DatabaseFacts): PostgresFacts {
  expect(Number.isSafeInteger(facts['versionNumber']), 'versionNumber');
  for (const name of ['collate', 'ctype', 'localeProvider']) expect(isText(facts[name]), name);
  expect(isTextOrNull(facts['locale']), 'locale');
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
  for (const { what, count, names, isPrivilege } of listOf(
    demands['superuser'],
    'requires.demands.superuser',
  )) {
    check(isText(what) && isCount(count) && areTexts(names) && typeof isPrivilege === 'boolean', 'superuser');
  }
  for (const { name, owner, roles } of listOf(demands['schemas'], 'requires.demands.schemas')) {
    check(isText(name) && isTextOrNull(owner) && areTexts(roles), 'schemas');
  }
  const versions = listOf(demands['collationVersions'], 'requires.demands.collationVersions');
  for (const { name, version } of versions) check(isText(name) && isText(version), 'collationVersions');
  check(isCount(demands['relations']), 'relations');
}

function listOf(value: unknown, name: string): Fields[] {
  expect(Array.isArray(value), name);
  return (value as unknown[]).map((item) => fieldsOf(item, name));
}

function fieldsOf(value: unknown, name: string): Fields {
  expect(typeof value === 'object' && value !== null && !Array.isArray(value), name);
  return value as Fields;
}

function areTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every(isText);
}

function isText(value: unknown): boolean {
  return typeof value === 'string';
}

function isTextOrNull(value: unknown): boolean {
  return value === null || isText(value);
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function expect(isGood: boolean, name: string): void {
  if (isGood) return;
  throw new HoldfastError(
    'damaged',
    `The manifest's fact "${name}" about the PostgreSQL database is missing or of another kind.`,
  );
}
