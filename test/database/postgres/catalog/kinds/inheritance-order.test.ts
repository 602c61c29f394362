import { describe, expect, it } from 'vitest';
import {
  type FamilyTable,
  orderFamily,
} from '../../../../../src/database/postgres/catalog/kinds/inheritance-order.ts';

/** `x` a column of its own, `(x)` one that it has from its parents only, `y=x` one that is generated from x. */
const table = (columns: string, ...parents: string[]): FamilyTable => ({
  columns: columns
    .split(' ')
    .filter((name) => name !== '')
    .map((text) => {
      const [name = '', ...generatedFrom] = text.replaceAll(/[()]/g, '').split('=');
      return { name, isLocal: !text.startsWith('('), generatedFrom };
    }),
  parents,
  isAdopted: false,
});

function stepsOf(family: Record<string, FamilyTable>): string[] | undefined {
  return orderFamily(new Map(Object.entries(family)))?.steps.map(({ table: id, column }) =>
    column === null ? id : `${id}.${column}`,
  );
}

describe('orderFamily', () => {
  it('adds no column before those that it is generated from', () => {
    const p = table('x y=x late');
    const c = table('y=x x (late)', 'p');
    expect(stepsOf({ p, c })).toBeUndefined();
    expect(stepsOf({ p, c: { ...c, isAdopted: true } })).toEqual(['p', 'c', 'p.late']);
  });

  it('leaves to CREATE TABLE what it does by itself', () => {
    expect(
      stepsOf({ p: table('a b'), c: table('(a) (b) x', 'p'), d: table('(a) b y', 'p') }),
    ).toBeUndefined();
  });

  it('brings a column after the children that have it late, and before those that have it early', () => {
    const steps = stepsOf({
      p: table('a late'),
      old: table('(a) x (late)', 'p'),
      young: table('(a) (late) x', 'p'),
    });
    expect(steps).toEqual(['p', 'old', 'p.late', 'young']);
  });

  it('brings what a child has behind a late column to the child later still', () => {
    expect(stepsOf({ p: table('a late'), c: table('(a) x (late) y', 'p') })).toEqual([
      'p',
      'c',
      'p.late',
      'c.y',
    ]);
  });

  it('gives a child its column first where it stands otherwise than at the parent', () => {
    expect(stepsOf({ p: table('a b'), c: table('b a', 'p') })).toEqual([
      'p',
      'c',
      'c.b',
      'c.a',
      'p.a',
      'p.b',
    ]);
  });

  it('makes a column late for a parent because it is for a grandchild', () => {
    const steps = stepsOf({ p: table('a late'), c: table('(a) (late)', 'p'), g: table('(a) x (late)', 'c') });
    expect(steps).toEqual(['p', 'c', 'g', 'p.late']);
  });

  it('follows the nearest of several parents that bring a column', () => {
    const steps = stepsOf({
      top: table('a b'),
      side: table('(a) x b', 'top'),
      both: table('(a) (x) y (b)', 'top', 'side'),
    });
    expect(steps).toEqual(['top', 'side', 'both', 'side.b', 'top.b']);
  });

  it('gives up where no order does it', () => {
    expect(stepsOf({ p: table('a b'), c: table('(b) (a)', 'p') })).toBeUndefined();
  });
});
