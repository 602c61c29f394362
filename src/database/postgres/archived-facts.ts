import { HoldfastError } from '../../core/errors.ts';
import type { DatabaseFacts } from '../engine.ts';
import type { PostgresFacts } from './facts.ts';

/**
 * The facts that an archive's manifest has of a PostgreSQL database, checked: whoever made the archive wrote them.
 * @throws HoldfastError `damaged` that names the fact
 */
export function archivedFacts(facts: DatabaseFacts): PostgresFacts {
  const requires = fieldsOf(facts['requires'], 'requires');
  const roles = fieldsOf(requires['roles'], 'requires.roles');
  expect(Number.isSafeInteger(facts['versionNumber']), 'versionNumber');
  for (const name of ['collate', 'ctype', 'localeProvider']) expect(typeof facts[name] === 'string', name);
  expect(facts['locale'] === null || typeof facts['locale'] === 'string', 'locale');
  for (const name of ['owners', 'privileges', 'others'])
    expect(areTexts(roles[name]), `requires.roles.${name}`);
  for (const name of ['languages', 'tablespaces', 'collations', 'accessMethods']) {
    expect(areTexts(requires[name]), `requires.${name}`);
  }
  const { extensions } = requires;
  expect(Array.isArray(extensions), 'requires.extensions');
  for (const extension of extensions as unknown[]) {
    expect(typeof fieldsOf(extension, 'requires.extensions')['name'] === 'string', 'requires.extensions');
  }
  return facts as PostgresFacts;
}

function fieldsOf(value: unknown, name: string): Readonly<Record<string, unknown>> {
  expect(typeof value === 'object' && value !== null, name);
  return value as Readonly<Record<string, unknown>>;
}

function areTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

function expect(isGood: boolean, name: string): void {
  if (isGood) return;
  throw new HoldfastError(
    'damaged',
    `The manifest's fact "${name}" about the PostgreSQL database is missing or of another kind.`,
  );
}
