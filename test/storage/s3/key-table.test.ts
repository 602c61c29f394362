import { expect, it } from 'vitest';
import { fingerprint, KeyTable } from '../../../src/storage/s3/key-table.ts';

it('gives back the numbers of each of many keys, and none of others', () => {
  const table = new KeyTable(2);
  const keys = Array.from({ length: 50_000 }, (_, index) => `uploads/${index}/ü`);
  for (const [index, key] of keys.entries()) table.set(key, [index, 2 ** 32 - 1 - index]);
  expect(table.size).toBe(keys.length);
  const wrong = keys.filter((key, index) => {
    const [one, other] = table.get(key) ?? [];
    return one !== index || other !== 2 ** 32 - 1 - index;
  });
  expect(wrong).toEqual([]);
  expect(keys.filter((key) => table.get(`${key}/`) !== null)).toEqual([]);
});

it('changes numbers in place', () => {
  const table = new KeyTable(2);
  table.set('', [1, 2]);
  table.get('')?.set([7], 1);
  expect([...(table.get('') ?? [])]).toEqual([1, 7]);
  table.set('', [3, 4]);
  expect([...(table.get('') ?? [])]).toEqual([3, 4]);
  expect(table.size).toBe(1);
});

it('has a fingerprint for every text', () => {
  expect(fingerprint('"a"')).toBe(fingerprint('"a"'));
  expect(fingerprint('"a"')).not.toBe(fingerprint('"b"'));
});
