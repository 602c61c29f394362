-- Views, routines, triggers and events that both MySQL and MariaDB have.
SET NAMES utf8mb4;
CREATE TABLE t (a int PRIMARY KEY, b varchar(10));
CREATE TABLE `t``2` (a int);
CREATE TABLE `日本` (`列` int, `a``b;;
c` int);

CREATE FUNCTION f(x int) RETURNS int DETERMINISTIC RETURN x + 1;
-- Read before the views that it is made from, by name.
CREATE VIEW z1 AS SELECT a, f(a) AS fa FROM t;
CREATE VIEW a2 AS SELECT z1.a, t.b FROM z1 JOIN t ON t.a = z1.a WHERE z1.a IN (SELECT a FROM `t``2`);
CREATE VIEW a1 AS SELECT * FROM a2;
CREATE DEFINER = 'nobody'@'%' SQL SECURITY DEFINER VIEW definer_gone AS SELECT * FROM t WHERE b = '`x`.`t`.`a`';
CREATE DEFINER = 'nobody'@'%' SQL SECURITY INVOKER VIEW invoker AS SELECT a, F(a) x, (SELECT count(*) FROM t zz) c FROM t ORDER BY a;
CREATE VIEW checked AS SELECT a FROM t WHERE a > 0 WITH LOCAL CHECK OPTION;
CREATE ALGORITHM = TEMPTABLE VIEW temporary AS SELECT * FROM t;
DELIMITER //
CREATE VIEW `v;;
DELIMITER $$` AS SELECT * FROM `日本`//

ALTER DATABASE COLLATE utf8mb4_unicode_ci//
CREATE PROCEDURE odd(`é` int) COMMENT 'line1
it''s \\ back' MODIFIES SQL DATA SQL SECURITY INVOKER BEGIN SELECT 1 AS delimiter , '$$ ;;' AS x;
SELECT 'it''s', "dq", `日本`.`列` FROM `日本` -- comment; it's
; SELECT X'ff', _latin1'abc'; END//
CREATE FUNCTION letters() RETURNS varchar(20) CHARSET utf8mb4 DETERMINISTIC RETURN 'é日😀'//
ALTER DATABASE COLLATE utf8mb4_general_ci//
CREATE TRIGGER first BEFORE INSERT ON t FOR EACH ROW SET new.b = '1'//
CREATE TRIGGER `a;;second` BEFORE INSERT ON t FOR EACH ROW FOLLOWS first BEGIN SET new.b = '0'; /* it's */ END//
CREATE TRIGGER zeroth BEFORE INSERT ON t FOR EACH ROW PRECEDES first SET new.b = 'z'//
CREATE DEFINER = 'somebody else'@'10.0.0.%' TRIGGER other AFTER DELETE ON `日本` FOR EACH ROW SET @gone = old.`列`//
CREATE EVENT `e v` ON SCHEDULE EVERY '1:30' HOUR_MINUTE STARTS '2030-01-01 00:00:00' ENDS '2031-01-01 00:00:00'
  ON COMPLETION PRESERVE DISABLE ON SLAVE COMMENT 'q''q' DO BEGIN SELECT 1; END//
SET time_zone = '+05:00'//
CREATE EVENT zone ON SCHEDULE AT '2037-03-01 12:00:00' DO SELECT 1//
CREATE EVENT ends ON SCHEDULE EVERY 1 DAY STARTS '2030-01-01 00:00:00' ENDS '2031-01-01 00:00:00' DISABLE DO SELECT 1//

SET sql_mode = 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES'//
CREATE FUNCTION "f""1"("x" int) RETURNS int DETERMINISTIC NO SQL COMMENT 'a\b''c' RETURN "x"//
CREATE TRIGGER "tr" BEFORE UPDATE ON "t" FOR EACH ROW SET @x = 'a\'//
CREATE EVENT "ev" ON SCHEDULE EVERY 1 DAY STARTS '2030-01-01 00:00:00' DISABLE COMMENT 'a\b''c' DO SET @x = 'a\'//
CREATE VIEW "v`" AS SELECT 'a\' AS "a", "a" AS b, 'c' || 'd' FROM t//
DELIMITER ;
SET sql_mode = '';

-- What no longer works.
CREATE USER programs_definer@localhost;
GRANT ALL ON *.* TO programs_definer@localhost;
CREATE DEFINER = programs_definer@localhost VIEW definer_gone2 AS SELECT * FROM t;
CREATE VIEW uses_definer_gone AS SELECT a + 1 AS a FROM definer_gone2;
CREATE DEFINER = programs_definer@localhost FUNCTION h() RETURNS int DETERMINISTIC RETURN 1;
CREATE VIEW calls_definer_gone AS SELECT h() AS h, t.* FROM t WHERE b LIKE '`t`.%' WITH CASCADED CHECK OPTION;
DROP USER programs_definer@localhost;
CREATE TABLE gone (q int, r int);
CREATE VIEW table_gone AS SELECT q + 1 AS q, zz.r FROM gone zz;
CREATE VIEW a_view_gone AS SELECT q FROM table_gone;
CREATE FUNCTION g(x int, y int) RETURNS int DETERMINISTIC RETURN 5;
CREATE VIEW function_gone AS SELECT g(a, f(2)) AS g, a FROM t;
CREATE TABLE narrow (x int, y int);
CREATE VIEW column_gone AS SELECT x, y FROM narrow;
DROP TABLE gone;
DROP FUNCTION g;
ALTER TABLE narrow DROP COLUMN y;
