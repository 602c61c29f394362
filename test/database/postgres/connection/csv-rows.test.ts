import { expect, it } from 'vitest';
import {
  copyOfQuery,
  parseCsvRows,
  withValues,
} from '../../../../src/database/postgres/connection/csv-rows.ts';

it('reads names and values as bytes, and tells nothing from an empty text', () => {
  const csv = 'a,"b,"" c"\n"1","x\u00e9\n,"""\n,""\n';
  expect(parseCsvRows(Buffer.from(csv, 'latin1'))).toEqual([
    { a: '1', 'b," c': 'x\udce9\n,"' },
    { a: null, 'b," c': '' },
  ]);
});

it('counts rows without columns, and with one that is null', () => {
  expect(parseCsvRows(Buffer.from('\n\n\n'))).toHaveLength(2);
  expect(parseCsvRows(Buffer.from('a\n\n'))).toEqual([{ a: null }]);
  expect(parseCsvRows(Buffer.from('a\n'))).toEqual([]);
});

it('reads values of any length', () => {
  const long = 'x"'.repeat(1_000_000);
  const [row] = parseCsvRows(Buffer.from(`a\n"${long.replaceAll('"', '""')}"\n`));
  expect(row!['a'] === long).toBe(true);
});

it('refuses what is no CSV', () => {
  expect(() => parseCsvRows(Buffer.from('a\n"x'))).toThrow('no CSV');
});

it('writes values into a query', () => {
  const query = 'SELECT $1, $2::text[], $3, $1, $$1$$';
  expect(withValues('SELECT $1, $2::text[], $3, $4', ["it's \\", ['a', 'b"\\', null], null, 7])).toBe(
    `SELECT E'it''s \\\\', E'{"a","b\\\\"\\\\\\\\",NULL}'::text[], NULL, '7'`,
  );
  expect(withValues(query, [])).toBe(query);
  expect(copyOfQuery(' SELECT 1; ')).toBe(
    'COPY (SELECT 1) TO STDOUT WITH (FORMAT csv, HEADER, FORCE_QUOTE *)',
  );
});
