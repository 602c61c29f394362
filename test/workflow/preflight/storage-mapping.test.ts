import { describe, expect, it } from 'vitest';
import { mapStorages } from '../../../src/workflow/preflight/storage-mapping.ts';

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

/** The pairs that are mapped, and the messages of the problems. */
function map(left: readonly string[], right: readonly ReturnType<typeof choice>[]): [string[][], string] {
  const { mapped, problems } = mapStorages(left.map(archived), right);
  return [
    mapped.map(({ archived: { name }, location }) => [name, location]),
    problems.map(({ message }) => message).join('\n'),
  ];
}

describe('mapStorages', () => {
  it('maps by name', () => {
    const [mapped, problems] = map(['a', 'b'], [choice('b'), choice('a')]);
    expect(mapped).toEqual([
      ['a', '/to/a'],
      ['b', '/to/b'],
    ]);
    expect(problems).toBe('');
  });

  it('needs no name where there is one on both sides', () => {
    expect(map(['a'], [choice('other', false)])).toEqual([[['a', '/to/other']], '']);
  });

  it('holds a name that was written against the archive, even where there is one on both sides', () => {
    expect(map(['a'], [choice('other')])[1]).toContain('no storage called other; it has: a');
  });

  it('refuses a name that is given twice', () => {
    expect(() => map(['a'], [choice('a'), choice('a')])).toThrow('Two targets');
  });

  it('finds all that either side has and the other lacks, at once', () => {
    const [mapped, problems] = map(['a', 'b', 'c'], [choice('a'), choice('x'), choice('y')]);
    expect(mapped).toEqual([['a', '/to/a']]);
    for (const name of ['called x', 'called y', 'storage b', 'storage c']) expect(problems).toContain(name);
    expect(map([], [choice('a', false)])[1]).toContain('it has: none');
  });
});
