-- Defaults, generated columns and checks, with texts of several character sets in them.
SET NAMES utf8mb4, sql_mode = '';

CREATE TABLE computed (
  a int, b varchar(20) CHARACTER SET utf8mb4, c int GENERATED ALWAYS AS (a * 2 + 1) VIRTUAL, d varchar(60) CHARACTER SET utf8mb4 AS (concat(b, 'ü''\\', a)) STORED,
  e int, f bigint AS (coalesce(e, length(b))) VIRTUAL UNIQUE COMMENT 'generated', g int AS (c + f) VIRTUAL, h date AS ('2020-01-01' + INTERVAL a DAY) STORED, KEY (d(5)), KEY gk (g)
);
INSERT INTO computed (a, b, e) VALUES (1, 'ü', 2), (NULL, '', NULL);
CREATE TABLE all_generated (a int AS (1 + 1) STORED);
INSERT INTO all_generated VALUES (), ();
CREATE TABLE generated_latin1 (
  a varchar(20) CHARACTER SET latin1, b varchar(40) AS (concat(a, 'ä''')) VIRTUAL, c varchar(40) CHARACTER SET latin1 AS (replace(a, 'ä', _latin1 x'E4')) STORED
) CHARACTER SET latin1;
INSERT INTO generated_latin1 (a) VALUES ('ä'), ('');

CREATE TABLE default_expressions (
  id int PRIMARY KEY, a varchar(60) CHARACTER SET utf8mb4 DEFAULT (concat('ü', upper('x''\\'))), b int DEFAULT (1 + 2 * 3), c varchar(36) DEFAULT (uuid()), d date DEFAULT (curdate()),
  e text DEFAULT ('a;b'), f json DEFAULT (json_array('x', 1)), g varchar(9) DEFAULT (NULL), h blob DEFAULT ('x'), i int NOT NULL DEFAULT (id + 1)
);
INSERT INTO default_expressions (id) VALUES (1);

CREATE TABLE checks (
  a int CHECK (a > 0), b varchar(20) CHARACTER SET utf8mb4 CHECK (b IN ('ü', 'it''s', '\\', '漢')), c int,
  CONSTRAINT `named ``;'` CHECK (a <> 3 OR b LIKE '%\\_%'), CHECK (c BETWEEN 1 AND 10 OR c IS NULL), CONSTRAINT other CHECK (b REGEXP '^.*$' OR CASE WHEN a = 1 THEN 1 ELSE 0 END)
) CHARACTER SET utf8mb4;
INSERT INTO checks VALUES (1, 'ü', NULL), (NULL, NULL, 5);
