import { describe, expect, it } from 'vitest';
import { mapStorages } from '../../src/workflow/storage-mapping.ts';

const archived = (name: string) => ({
  name,
  kind: 'local',
  location: '/x',
  root: null,
  files: 0,
  directories: 0,
  symlinks: 0,
  bytes: 0,
});
const choice = (name: string, named = true) => ({ name, named, location: `/to/${name}` });

describe('mapStorages', () => {
  it('maps by name', () => {
    const mapped = mapStorages([archived('a'), archived('b')], [choice('b'), choice('a')]);
    expect(mapped.map(({ archived: { name }, location }) => [name, location])).toEqual([
      ['a', '/to/a'],
      ['b', '/to/b'],
    ]);
  });

  it('needs no name where there is one on both sides', () => {
    expect(mapStorages([archived('a')], [choice('other', false)])[0]?.location).toBe('/to/other');
  });

  it('holds a name that was written against the archive, even where there is one on both sides', () => {
    expect(() => mapStorages([archived('a')], [choice('other')])).toThrow(
      'no storage called other; it has: a',
    );
  });

  it('refuses a name that is given twice', () => {
    expect(() => mapStorages([archived('a')], [choice('a'), choice('a')])).toThrow('Two targets');
  });

  it('refuses when either side has one that the other lacks', () => {
    expect(() => mapStorages([archived('a'), archived('b')], [choice('a')])).toThrow(
      "the archive's storage b",
    );
    expect(() => mapStorages([archived('a')], [])).toThrow("the archive's storage a");
    expect(() => mapStorages([], [choice('a', false)])).toThrow('it has: none');
  });
});
