-- What MySQL alone has, from 9.4 on.
SET NAMES utf8mb4;
CREATE TABLE t (id int PRIMARY KEY, a json);
DELIMITER //
CREATE LIBRARY lib1 COMMENT 'it''s' LANGUAGE JAVASCRIPT AS $$ export function f(x) { return x + 1; } $$//
CREATE FUNCTION js(a int) RETURNS int DETERMINISTIC LANGUAGE JAVASCRIPT AS $$ return a + 1; // it's `x`; " ;;
$$//
CREATE PROCEDURE jp() LANGUAGE JAVASCRIPT USING (lib1 AS l) AS $$ console.log('x') $$//
CREATE JSON RELATIONAL DUALITY VIEW jv AS SELECT json_duality_object('_id': id) FROM t//
DELIMITER ;
