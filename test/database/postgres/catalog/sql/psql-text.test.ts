import { expect, it } from 'vitest';
import { psqlStatement } from '../../../../../src/database/postgres/catalog/sql/psql-text.ts';

it.each([
  // The beginning of a body is in capitals, a name is not.
  [
    'CREATE FUNCTION public.f(begin.t) RETURNS public.begin\n  LANGUAGE sql\n  BEGIN ATOMIC\n SELECT begin.begin FROM begin.x begin;\nEND;',
    'CREATE FUNCTION public.f("begin".t) RETURNS public."begin"\n  LANGUAGE sql\n  BEGIN ATOMIC\n SELECT "begin"."begin" FROM "begin".x "begin";\nEND;',
  ],
  [`CREATE OR REPLACE PROCEDURE f(x begin) AS ''`, `CREATE OR REPLACE PROCEDURE f(x "begin") AS ''`],
  [
    'SELECT a[1:"DBNAME"], b[:\'x\'::int], c[1:x], d[begin:2]',
    'SELECT a[1: "DBNAME"], b[: \'x\'::int], c[1: x], d[begin:2]',
  ],
  [`SELECT 'b\\' || e'\\'' || 'it''s\\'`, `SELECT E'b\\\\' || e'\\'' || E'it''s\\\\'`],
])('writes %j for psql', (sql, expected) => {
  expect(psqlStatement(sql)).toBe(expected);
  expect(psqlStatement(expected)).toBe(expected);
});

it.each([
  `CREATE FUNCTION f() AS $$ begin :"x" '\\' end $$`,
  `CREATE FUNCTION f() AS $function$ begin $$ :x '\\' $$ end $function$`,
  `CREATE FUNCTION "begin"(a$begin int) AS 'begin'`,
  `SELECT x::"Y", 1 := 'z', ':"x"' AS ":x", 'begin', "\\"`,
  `CREATE VIEW v AS SELECT begin FROM t`,
  `SELECT '${"it''s ".repeat(1_000_000)}'`,
])('leaves %.100s as it is', (sql) => {
  expect(psqlStatement(sql)).toBe(sql);
});
