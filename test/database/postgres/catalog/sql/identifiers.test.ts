import { expect, it } from 'vitest';
import {
  qualifiedName,
  quoteIdentifier,
  quoteLiteral,
} from '../../../../../src/database/postgres/catalog/sql/identifiers.ts';

it.each([
  ['plain_1', 'plain_1'],
  ['_', '_'],
  ['Upper', '"Upper"'],
  ['1st', '"1st"'],
  ['a b', '"a b"'],
  ['say "x"', '"say ""x"""'],
  ['a$', '"a$"'],
  ['ä', '"ä"'],
  ['', '""'],
  ['select', '"select"'],
  ['integer', '"integer"'],
  ['left', '"left"'],
  ['merge_action', '"merge_action"'],
  ['name', 'name'],
])('quotes the identifier %j only where it must be', (name, quoted) => {
  expect(quoteIdentifier(name)).toBe(quoted);
});

it('quotes both parts of a qualified name', () => {
  expect(qualifiedName('My.schema', 'user')).toBe('"My.schema"."user"');
});

it.each([
  ['plain', "'plain'"],
  ['', "''"],
  ["it's", "'it''s'"],
  ['a\\', "E'a\\\\'"],
  ["\\'; DROP", "E'\\\\''; DROP'"],
  ['two\nlines', "'two\nlines'"],
  ['$$ %I', "'$$ %I'"],
])('quotes the text %j', (text, quoted) => {
  expect(quoteLiteral(text)).toBe(quoted);
});
