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

const DEMANDS = {
  superuser: [{ what: 'LEAKPROOF functions', count: 1, names: ['public.f()'], isPrivilege: false }],
  database: ['settings'],
  publicSchema: [],
  settings: ['work_mem'],
  settingRoles: [],
  defaultPrivilegeRoles: [],
  schemas: [{ name: 's', owner: null, roles: ['app'] }],
  features: [],
  localeBound: [],
  collationVersions: [{ name: 'pg_catalog."de-x-icu"', version: '1' }],
  relations: 3,
};

describe('the facts of an archive', () => {
  it('are taken when they are whole', () => {
    expect(archivedFacts(FACTS)).toBe(FACTS);
    const newer = {
      ...FACTS,
      icuRules: null,
      collationVersion: '2.36',
      requires: { ...FACTS.requires, demands: DEMANDS },
    };
    expect(archivedFacts(newer)).toBe(newer);
  });

  it.each([
    [{ versionNumber: '18' }, 'versionNumber'],
    [{ collate: 1 }, 'collate'],
    [{ locale: undefined }, 'locale'],
    [{ requires: null }, 'requires'],
    [{ requires: { ...FACTS.requires, roles: ['app'] } }, 'requires.roles'],
    [{ requires: { ...FACTS.requires, languages: 'sql' } }, 'requires.languages'],
    [{ requires: { ...FACTS.requires, extensions: [null] } }, 'requires.extensions'],
    [{ requires: { ...FACTS.requires, tablespaces: [1] } }, 'requires.tablespaces'],
    [{ icuRules: 1 }, 'icuRules'],
    [{ collationVersion: [] }, 'collationVersion'],
    [
      { requires: { ...FACTS.requires, extensions: [{ name: 'citext', version: 1 }] } },
      'requires.extensions',
    ],
    [{ requires: { ...FACTS.requires, demands: [] } }, 'requires.demands'],
    ...[
      { superuser: [{ ...DEMANDS.superuser[0], names: 'f' }] },
      { superuser: [{ ...DEMANDS.superuser[0], count: '1' }] },
      { database: 'settings' },
      { publicSchema: [1] },
      { settings: undefined },
      { settingRoles: {} },
      { defaultPrivilegeRoles: null },
      { schemas: [{ name: 's', owner: 1, roles: [] }] },
      { features: [null] },
      { localeBound: 'a' },
      { collationVersions: [{ name: 'c', version: null }] },
      {
        collations: [
          {
            name: 's.c',
            provider: 'i',
            deterministic: 't',
            collate: null,
            ctype: null,
            locale: 1,
            rules: null,
          },
        ],
      },
      { nativeFunctions: [{ library: '$libdir/plpgsql', symbol: null }] },
      { relations: -1 },
    ].map((change) => [
      { requires: { ...FACTS.requires, demands: { ...DEMANDS, ...change } } },
      `requires.demands.${Object.keys(change)[0]}`,
    ]),
  ] as [object, string][])('are refused with %j', (change, name) => {
    expect(() => archivedFacts({ ...FACTS, ...change })).toThrow(
      expect.objectContaining({ code: 'damaged', message: expect.stringContaining(`"${name}"`) as string }),
    );
  });
});
