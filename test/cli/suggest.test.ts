import { expect, it } from 'vitest';
import { suggest } from '../../src/cli/suggest.ts';

const VERBS = ['backup', 'restore', 'verify', 'decrypt', 'inspect', 'keygen'];

it.each([
  ['bakcup', 'backup'],
  ['restor', 'restore'],
  ['verfiy', 'verify'],
  ['keygn', 'keygen'],
  ['bakup', 'backup'],
])('takes %s for %s', (typed, meant) => {
  expect(suggest(typed, VERBS)).toBe(meant);
});

it('says nothing where nothing is near', () => {
  expect(suggest('frobnicate', VERBS)).toBeUndefined();
  expect(suggest('x', VERBS)).toBeUndefined();
});
