SET NAMES utf8mb4, sql_mode = '';

CREATE TABLE checks_not_enforced (a int, CONSTRAINT off CHECK (a > 0) NOT ENFORCED, CONSTRAINT `on` CHECK (a < 9));
INSERT INTO checks_not_enforced VALUES (-1);
CREATE TABLE astral_expressions (
  a varchar(20), b varchar(90) AS (concat(a, '😀')), c varchar(50) DEFAULT (concat('😀', upper('ü'))), CHECK (a <> '😀')
) CHARACTER SET utf8mb4;
INSERT INTO astral_expressions (a) VALUES ('x');
CREATE TABLE east_asian_expressions (
  a varchar(20) CHARACTER SET sjis, b varchar(90) AS (concat(a, '表ソ')), c varchar(50) AS (concat(a, _sjis'a''b')), CHECK (a <> '表')
) CHARACTER SET sjis;
INSERT INTO east_asian_expressions (a) VALUES ('x');
CREATE TABLE functional (
  a int, b varchar(20), j json, KEY f1 ((a + 1)), KEY f2 ((a + 1), (lower(b)) DESC, a), UNIQUE KEY f3 ((cast(j ->> '$.x' AS char(20)))),
  KEY many ((cast(j -> '$.list' AS unsigned ARRAY))), KEY hidden (a) INVISIBLE
);
INSERT INTO functional VALUES (1, 'B', '{"x": "y", "list": [1, 2]}');
CREATE TABLE invisible (a int, b int DEFAULT 3 INVISIBLE, c int INVISIBLE);
INSERT INTO invisible (a, b, c) VALUES (1, 2, 3);
SET sql_generate_invisible_primary_key = 1;
CREATE TABLE without_key (a int);
SET sql_generate_invisible_primary_key = 0;
INSERT INTO without_key VALUES (1), (2);
CREATE TABLE vectors (id int PRIMARY KEY, v vector(3), w vector NOT NULL);
INSERT INTO vectors VALUES (1, string_to_vector('[1,2.5,-3e10]'), string_to_vector('[0.1]')), (2, NULL, string_to_vector('[1e-30,3.4e38]'));
CREATE TABLE places (id int PRIMARY KEY, p point NOT NULL SRID 4326, q geometry NOT NULL SRID 0, r geomcollection, SPATIAL KEY (p), SPATIAL KEY q (q));
INSERT INTO places VALUES (1, ST_GeomFromText('POINT(40 10)', 4326), ST_GeomFromText('POINT(1 2)'), NULL);
CREATE TABLE attributes (a int, b text, c blob) COMMENT 'x' ROW_FORMAT = DYNAMIC AUTOEXTEND_SIZE = 4194304 COMPRESSION = 'zlib' SECONDARY_ENGINE = NULL;
SET restrict_fk_on_non_standard_key = 0;
CREATE TABLE loose_parent (id int PRIMARY KEY, a int, b int, KEY ab (a, b), KEY b (b));
CREATE TABLE loose_child (x int, y int, FOREIGN KEY (x) REFERENCES loose_parent (a), FOREIGN KEY (y) REFERENCES loose_parent (b));
INSERT INTO loose_parent VALUES (1, 2, 3), (2, 2, 3);
INSERT INTO loose_child VALUES (2, 3);
CREATE TABLE archived (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, a varchar(9)) ENGINE = ARCHIVE;
INSERT INTO archived VALUES (1, 'x'), (2, 'y');
CREATE TABLE documents_of_all_kinds (id int PRIMARY KEY, j json);
INSERT INTO documents_of_all_kinds VALUES (1, json_object('b', 1, 'aa', 2, 'a', 3)), (2, '1.0'), (3, '-0.0'), (4, '1e-5'), (5, 'true'), (6, '0.1'), (7, '123456789012345678');
