import { expect, it } from 'vitest';
import { describeProblem } from '../../src/workflow/problems.ts';
import { describeSelected } from '../../src/workflow/selection-report.ts';

it('shows of a forged manifest a few patterns, each in its line', () => {
  const patterns = Array.from({ length: 1000 }, (_, index) => `t${index}\n\u001b[2J`);
  const selection = { patterns, needed: ['a\nb'], neededCount: 3, leftOut: [], leftOutCount: 0 };
  const [first, ...rest] = describeSelected(selection);
  expect(first).toMatch(/^a selection of tables: t0\\x0a\\x1b\[2J, t1.*, t19\\x0a\\x1b\[2J, 980 more$/);
  expect(rest).toEqual(['with what it needs: a\\x0ab', 'with what it needs: 2 more objects']);
});

it('shows a problem of a forged manifest in its line', () => {
  expect(describeProblem({ kind: 'storage', reason: 'gone\nNothing stands in the way.' })).toBe(
    'storage: gone\\x0aNothing stands in the way.',
  );
});
