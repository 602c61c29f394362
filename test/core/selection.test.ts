import { describe, expect, it } from 'vitest';
import { describeSelection, type LinkedObject, selectObjects } from '../../src/core/selection.ts';

type Links = Partial<Pick<LinkedObject<string>, 'needs' | 'partOf' | 'comesWith' | 'table'>>;

/** Objects by `KIND name`, which is their id too. */
function schema(objects: Record<string, Links>): Map<string, LinkedObject<string>> {
  return new Map(
    Object.entries(objects).map(([id, links]) => {
      const [, kind = '', name = ''] = /^(.*) (\w+)$/.exec(id) ?? [];
      return [
        id,
        { id, kind, schema: 's', name, table: null, needs: [], partOf: [], comesWith: [], ...links },
      ];
    }),
  );
}

const objects = schema({
  'TYPE state': {},
  'TABLE orders': { needs: ['TYPE state'] },
  'TABLE users': {},
  'INDEX orders_note': { partOf: ['TABLE orders'], needs: ['FUNCTION fold'], table: 'orders' },
  'FUNCTION fold': {},
  'FK CONSTRAINT orders_fk': { partOf: ['TABLE orders', 'TABLE users'], table: 'orders' },
  'COMMENT key': { partOf: ['FK CONSTRAINT orders_fk'] },
  'TABLE part': { comesWith: ['TABLE whole'] },
  'TABLE whole': {},
  'TABLE ATTACH part': { partOf: ['TABLE part', 'TABLE whole'] },
  'INDEX part_index': { partOf: ['TABLE part'], comesWith: ['INDEX whole_index'], table: 'part' },
  'INDEX whole_index': { partOf: ['TABLE whole'], table: 'whole' },
  'INDEX ATTACH part_index': { partOf: ['INDEX part_index', 'INDEX whole_index'] },
  'VIEW list': { needs: ['CONSTRAINT orders_key'] },
  'CONSTRAINT orders_key': { partOf: ['TABLE orders'], table: 'orders' },
  'VIEW compared': { needs: ['OPERATOR less'] },
  'OPERATOR less': { comesWith: ['OPERATOR more'], needs: ['FUNCTION fold'] },
  'OPERATOR more': { comesWith: ['OPERATOR less'] },
  'CAST of_state': { partOf: ['TYPE state', 'FUNCTION fold'] },
  'TABLE a': { needs: ['TABLE b'] },
  'TABLE b': { needs: ['TABLE a', 'TABLE gone'] },
});

function select(...roots: string[]): {
  chosen: string[];
  needed: readonly string[];
  leftOut: readonly string[];
} {
  const selection = selectObjects(objects, new Set(roots));
  return { chosen: [...selection.chosen].toSorted(), ...describeSelection(objects, selection) };
}

describe('selectObjects', () => {
  it('takes parts, and what they need, and names the links that it leaves out', () => {
    expect(select('TABLE orders')).toEqual({
      chosen: [
        'CAST of_state',
        'CONSTRAINT orders_key',
        'FUNCTION fold',
        'INDEX orders_note',
        'TABLE orders',
        'TYPE state',
      ],
      needed: ['function s.fold', 'type s.state'],
      leftOut: ['foreign key orders_fk of s.orders, which lacks table s.users'],
    });
  });

  it('takes a link once both sides are there, with its parts', () => {
    const { chosen, leftOut } = select('TABLE users', 'TABLE orders');
    expect(chosen).toContain('FK CONSTRAINT orders_fk');
    expect(chosen).toContain('COMMENT key');
    expect(leftOut).toEqual([]);
  });

  it('says nothing of the links of other tables', () => {
    expect(select('TABLE users')).toEqual({ chosen: ['TABLE users'], needed: [], leftOut: [] });
  });

  it('takes partitions with their table, and one alone without it', () => {
    expect(select('TABLE whole')).toEqual({
      chosen: [
        'INDEX ATTACH part_index',
        'INDEX part_index',
        'INDEX whole_index',
        'TABLE ATTACH part',
        'TABLE part',
        'TABLE whole',
      ],
      needed: [],
      leftOut: [],
    });
    expect(select('TABLE part')).toEqual({
      chosen: ['INDEX part_index', 'TABLE part'],
      needed: [],
      leftOut: ['attachment of partition s.part, which lacks table s.whole'],
    });
  });

  it('takes the table of a part that is needed', () => {
    const { chosen, needed } = select('VIEW list');
    expect(chosen).toContain('INDEX orders_note');
    expect(needed).toContain('table s.orders');
  });

  it('takes a part of many once all of them are there, and names a few that it lacks', () => {
    const wholes = Array.from({ length: 30_000 }, (_, index) => `TABLE t${index}`);
    const many = schema({
      ...Object.fromEntries(wholes.map((whole) => [whole, {}])),
      'constructor x': { partOf: wholes, table: 't0' },
    });
    expect(selectObjects(many, new Set(wholes)).chosen.has('constructor x')).toBe(true);
    const partial = selectObjects(many, new Set(wholes.slice(0, 20_000)));
    expect(partial.chosen.has('constructor x')).toBe(false);
    expect(describeSelection(many, partial).leftOut).toEqual([
      'constructor x of s.t0, which lacks table s.t20000, table s.t20001, table s.t20002, table s.t20003, table s.t20004, 9995 more',
    ]);
  });

  it('names both of two that come with each other, and says nothing of casts that lack something', () => {
    expect(select('VIEW compared')).toEqual({
      chosen: ['FUNCTION fold', 'OPERATOR less', 'OPERATOR more', 'VIEW compared'],
      needed: ['function s.fold', 'operator s.less', 'operator s.more'],
      leftOut: [],
    });
  });

  it('goes round in a circle once, and passes over what is not there', () => {
    expect(select('TABLE a').chosen).toEqual(['TABLE a', 'TABLE b']);
  });
});
