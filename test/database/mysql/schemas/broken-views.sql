-- Views that no longer work, behind programs.sql: what a server prints of them changes with what it opened before.
SET NAMES utf8mb4;
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
