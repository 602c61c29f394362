import { describe, expect, it } from 'vitest';
import { sortObjects } from '../../../../../src/database/postgres/catalog/order/sort.ts';
import type { SchemaObject } from '../../../../../src/database/postgres/catalog/object.ts';
import { fc } from '../../../../support/fast-check.ts';
import { graphOf, namesOf, object } from '../objects.ts';

const NO_RANK = () => 0;

describe('the order of objects', () => {
  it('is by section, rank, schema, name and table where nothing binds it', () => {
    const objects = [
      object(1, { section: 'after-privileges' }),
      object(2, { section: 'post-data' }),
      object(3, { kind: 'INDEX' }),
      object(4, { schema: 'z', name: 'a' }),
      object(5, { schema: null }),
      object(6, { name: 'same', table: 'b' }),
      object(7, { name: 'same', table: 'a' }),
    ];
    const sorted = sortObjects(graphOf(objects, {}), ({ kind }) => (kind === 'INDEX' ? 1 : 0));
    expect(sorted.map(({ id }) => id)).toEqual(['t:5', 't:7', 't:6', 't:4', 't:3', 't:2', 't:1']);
  });

  it('is by code units, not by the locale of the machine', () => {
    const objects = ['b', 'B', 'ä', 'a'].map((name, i) => object(i, { name }));
    expect(namesOf(sortObjects(graphOf(objects, {}), NO_RANK))).toEqual(['B', 'a', 'b', 'ä']);
  });

  it('puts each object after what it needs, whatever the order of collection', () => {
    const edges = fc.array(fc.tuple(fc.nat(29), fc.nat(29)), { maxLength: 120 });
    const order = fc.shuffledSubarray([...Array(30).keys()], { minLength: 30, maxLength: 30 });
    fc.assert(
      fc.property(edges, order, order, (pairs, ranks, collected) => {
        const needs: Record<number, number[]> = {};
        for (const [a, b] of pairs) if (a !== b) (needs[Math.max(a, b)] ??= []).push(Math.min(a, b));
        const rank = ({ id }: SchemaObject) => ranks[Number(id.slice(2))] ?? 0;
        const sorted = namesOf(
          sortObjects(
            graphOf(
              collected.map((n) => object(n)),
              needs,
            ),
            rank,
          ),
        );
        for (const [from, to] of Object.entries(needs)) {
          for (const n of to) expect(sorted.indexOf(`o${n}`)).toBeLessThan(sorted.indexOf(`o${from}`));
        }
        const again = sortObjects(
          graphOf(
            [...Array(30).keys()].map((n) => object(n)),
            needs,
          ),
          rank,
        );
        expect(namesOf(again)).toEqual(sorted);
      }),
    );
  });
});

describe('a loop', () => {
  it('is broken by taking an inlined object out of its place', () => {
    // The table 1 inlines the default 2, which needs the function 3, which needs the table.
    const objects = [object(1, { inlines: ['t:2'] }), object(2), object(3)];
    const graph = graphOf(objects, { 2: [1, 3], 3: [1] });
    expect(namesOf(sortObjects(graph, NO_RANK))).toEqual(['o1', 'o3', 'o2']);
    expect(graph.inliners.size).toBe(0);
  });

  it('leaves what is inlined in its place where there is none', () => {
    const graph = graphOf([object(1, { inlines: ['t:2'] }), object(2), object(3)], { 2: [1, 3] });
    expect(namesOf(sortObjects(graph, NO_RANK))).toEqual(['o3', 'o2', 'o1']);
    expect(graph.inliners.size).toBe(1);
  });

  it('is broken by a stand-in: the shell of a type, for a function that the type needs', () => {
    // The function 1 takes the type 2, which needs the function; 3 is the shell.
    const objects = [object(1), object(2, { requires: ['t:3'], standIn: 't:3' }), object(3)];
    const graph = graphOf(objects, { 1: [2], 2: [1, 3] });
    expect(namesOf(sortObjects(graph, NO_RANK))).toEqual(['o3', 'o1', 'o2']);
  });

  it('lets the stand-in come first where that has to wait for the end of another loop', () => {
    const range = object(2, { requires: ['t:3'], standIn: 't:3' });
    const objects = [object(1), range, object(3), object(4, { inlines: ['t:5'] }), object(5), object(6)];
    const graph = graphOf(objects, { 1: [2], 2: [1, 3], 3: [4], 5: [4, 6], 6: [4] });
    expect(namesOf(sortObjects(graph, NO_RANK))).toEqual(['o4', 'o3', 'o1', 'o2', 'o6', 'o5']);
  });

  it('that nothing breaks is an error which names its objects', () => {
    const graph = graphOf([object(1), object(2, { kind: 'VIEW' }), object(3), object(4)], {
      1: [2],
      2: [3],
      3: [2],
    });
    expect(() => sortObjects(graph, NO_RANK)).toThrow(
      expect.objectContaining({
        code: 'failed',
        message: 'these objects need each other: view s.o2, table s.o3',
      }),
    );
  });

  it('breaks a loop elsewhere than at the check of a domain where it can', () => {
    const domain = object(1, { kind: 'DOMAIN', inlines: ['t:2'] });
    const check = object(2, { kind: 'CHECK CONSTRAINT' });
    const called = object(3, { kind: 'FUNCTION' });
    const needs = { 2: [3], 3: [5] };
    const header = object(4, { kind: 'FUNCTION' });
    const table = object(5, { inlines: ['t:6'] });
    const tableCheck = object(6, { kind: 'CHECK CONSTRAINT' });

    const withOther = graphOf([domain, check, called, table, tableCheck], { ...needs, 6: [1] });
    sortObjects(withOther, NO_RANK);
    expect([...withOther.inliners.keys()]).toEqual([check]);

    const withStandIn = graphOf([domain, check, { ...called, standIn: 't:4' }, header, table], {
      ...needs,
      5: [1],
    });
    sortObjects(withStandIn, NO_RANK);
    expect([...withStandIn.inliners.keys()]).toEqual([check]);
    expect([...withStandIn.standIns]).toEqual([header]);

    const withNeither = graphOf([domain, check, called, table], { ...needs, 5: [1] });
    expect(namesOf(sortObjects(withNeither, NO_RANK))).toEqual(['o1', 'o5', 'o3', 'o2']);
  });

  it('looks at no object again for the loops of others', () => {
    const loops = 500;
    const needs: Record<number, number[]> = {};
    const objects = [...Array(loops).keys()].flatMap((loop) => {
      const [shell, type, input] = [3 * loop, 3 * loop + 1, 3 * loop + 2];
      needs[type] = [shell, input];
      needs[input] = [type];
      return [object(shell), object(type, { standIn: `t:${shell}` }), object(input)];
    });
    const graph = graphOf(objects, needs);
    let looks = 0;
    class CountingMap extends Map<SchemaObject, Set<SchemaObject>> {
      override get(key: SchemaObject): Set<SchemaObject> | undefined {
        looks += 1;
        return super.get(key);
      }
    }
    const sorted = sortObjects({ ...graph, before: new CountingMap(graph.before) }, NO_RANK);
    expect(sorted.length).toBe(3 * loops);
    expect(looks).toBeLessThan(10 * objects.length);
  });
});
