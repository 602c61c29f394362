import { expect, it } from 'vitest';
import { assignSections } from '../../../../../src/database/postgres/catalog/order/sections.ts';
import { sortObjects } from '../../../../../src/database/postgres/catalog/order/sort.ts';
import { graphOf, namesOf, object } from '../objects.ts';

it('moves what is needed before the rows there, with all that it needs', () => {
  // The function 1 needs the key 2, which needs the index 3; the index 4 is nobody's need.
  const late = [2, 3, 4].map((n) => object(n, { section: 'post-data' }));
  const graph = graphOf([object(1), ...late], { 1: [2], 2: [3] });
  assignSections(graph);
  expect([...graph.sections.values()]).toEqual(['pre-data', 'pre-data', 'pre-data', 'post-data']);
});

it('takes out a part that needs something later, and leaves both where they are', () => {
  // The view 1 inlines the query 2, which needs the key 3 of the table 4.
  const objects = [
    object(1, { inlines: ['t:2'] }),
    object(2),
    object(3, { section: 'post-data' }),
    object(4),
  ];
  const graph = graphOf(objects, { 1: [4], 2: [1, 3, 4], 3: [4] });
  assignSections(graph);
  expect([...graph.sections.values()]).toEqual(['pre-data', 'post-data', 'post-data', 'pre-data']);
  expect(namesOf(sortObjects(graph, () => 0))).toEqual(['o4', 'o1', 'o3', 'o2']);
});

it('keeps a part in its place when what it needs comes early for another reason', () => {
  const objects = [
    object(1, { inlines: ['t:2'] }),
    object(2),
    object(3, { section: 'post-data' }),
    object(4),
  ];
  const graph = graphOf(objects, { 2: [1, 3], 4: [3] });
  assignSections(graph);
  expect([...graph.sections.values()]).toEqual(['pre-data', 'pre-data', 'pre-data', 'pre-data']);
  expect(graph.inliners.size).toBe(1);
});
