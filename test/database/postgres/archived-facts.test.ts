import { describe, expect, it } from 'vitest';
import { archivedFacts } from '../../../src/database/postgres/archived-facts.ts';

const FACTS = {
  engine: 'postgres',
  version: '18.4',
  versionNumber: 180_004,
  database: 'app',
  encoding: 'UTF8',
  collate: 'C',
  ctype: 'C',
  localeProvider: 'libc',
  locale: null,
  snapshot: null,
  requires: {
    roles: { owners: ['app'], privileges: [], others: [] },
    extensions: [{ name: 'citext', version: '1.6', schema: 'public' }],
    languages: [],
    tablespaces: [],
    collations: [],
    accessMethods: [],
  },
};

describe('the facts of an archive', () => {
  it('are taken when they are whole', () => {
    expect(archivedFacts(FACTS)).toBe(FACTS);
  });

  it.each([
    [{ versionNumber: '18' }, 'versionNumber'],
    [{ collate: 1 }, 'collate'],
    [{ locale: undefined }, 'locale'],
    [{ requires: null }, 'requires'],
    [{ requires: { ...FACTS.requires, roles: ['app'] } }, 'requires.roles.owners'],
    [{ requires: { ...FACTS.requires, languages: 'sql' } }, 'requires.languages'],
    [{ requires: { ...FACTS.requires, extensions: [null] } }, 'requires.extensions'],
    [{ requires: { ...FACTS.requires, tablespaces: [1] } }, 'requires.tablespaces'],
  ])('are refused with %j', (change, name) => {
    expect(() => archivedFacts({ ...FACTS, ...change })).toThrow(
      expect.objectContaining({ code: 'damaged', message: expect.stringContaining(`"${name}"`) as string }),
    );
  });
});
