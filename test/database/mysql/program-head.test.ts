import { describe, expect, it } from 'vitest';
import { readHead, withoutQualifiers } from '../../../src/database/mysql/program-head.ts';

describe('the head of a statement', () => {
  it.each([
    ['CREATE TRIGGER q.tr BEFORE INSERT ON q.t FOR EACH ROW SET new.a = q.f()', 'q', 'q'],
    ['CREATE DEFINER=`a``.b`@`%` TRIGGER `q`.`tr` AFTER DELETE ON t FOR EACH ROW SET @a = 1', 'q'],
    [
      'CREATE DEFINER="r"@"%" TRIGGER IF NOT EXISTS "q""1".tr BEFORE UPDATE OF a, `on` ON t FOR EACH ROW x',
      'q"1',
    ],
    [
      'CREATE /* x.y */ TRIGGER # x.y\n q -- a.b\n . /* c */ tr BEFORE INSERT OR UPDATE ON t FOR EACH ROW x',
      'q',
    ],
    ['CREATE TRIGGER --\nq.tr BEFORE INSERT ON t FOR EACH ROW x', 'q'],
    ['CREATE ALGORITHM=UNDEFINED DEFINER=`r`@`%` SQL SECURITY INVOKER VIEW `q`.`v` AS select 1', 'q'],
    ['CREATE DEFINER=`role` AGGREGATE FUNCTION `q`.`f`() RETURNS int RETURN 1', 'q'],
    ['CREATE DEFINER=`r`@`%` PACKAGE BODY "q"."p" AS PROCEDURE x.y', 'q'],
    ['ALTER DEFINER=`r`@`%` EVENT `q`.`e` ON COMPLETION NOT PRESERVE', 'q'],
    ['DROP TABLE `q`.`t`', 'q'],
    ['CREATE LIBRARY `l` LANGUAGE JAVASCRIPT AS $$ a.b $$'],
    ['CREATE TABLE `a.b` (`c` int)'],
    ['DROP FUNCTION IF EXISTS `f`'],
  ])('names the databases in %s', (sql, ...databases) => {
    expect(readHead(sql)?.qualifiers.map(({ database }) => database)).toEqual(databases);
    expect(readHead(withoutQualifiers(sql))?.qualifiers).toEqual([]);
  });

  it('loses the name of the database and nothing else', () => {
    const statement =
      'CREATE TRIGGER /* a */ `q`.tr BEFORE INSERT ON /* b */ q.`t` FOR EACH ROW SET new.a = q.f()';
    expect(withoutQualifiers(statement)).toBe(
      'CREATE TRIGGER /* a */ tr BEFORE INSERT ON /* b */ `t` FOR EACH ROW SET new.a = q.f()',
    );
  });

  it.each([
    'DROP DATABASE q',
    'DROP TABLE a, q.b',
    'CREATE USER view IDENTIFIED BY "x"',
    'CREATE SERVER event FOREIGN DATA WRAPPER mysql OPTIONS (HOST "x")',
    'INSERT INTO q.t VALUES (1)',
    'USE q',
    // What is in such a comment the server may read or not.
    'CREATE TRIGGER /*!999999 tr */ q.tr BEFORE INSERT ON t FOR EACH ROW x',
    'CREATE TRIGGER tr BEFORE INSERT ON /*!99999 t */ q.t FOR EACH ROW x',
    'CREATE /*M!999999 PROCEDURE p */ FUNCTION q.f() RETURNS int RETURN 1',
    '',
  ])('is none of a program: %s', (sql) => {
    expect(readHead(sql)).toBeNull();
  });
});
