SET NAMES utf8mb4, sql_mode = '', time_zone = '+00:00';

CREATE TABLE by_range (a int NOT NULL, b varchar(20), PRIMARY KEY (a)) PARTITION BY RANGE (a)
  (PARTITION p0 VALUES LESS THAN (-5) COMMENT 'it''s; \\ x', PARTITION `p ``1` VALUES LESS THAN (10), PARTITION p2 VALUES LESS THAN MAXVALUE);
INSERT INTO by_range VALUES (-10, 'a'), (0, 'b'), (100, 'c');
CREATE TABLE by_range_columns (a date, b varchar(9), KEY (b)) PARTITION BY RANGE COLUMNS (a, b)
  (PARTITION p0 VALUES LESS THAN ('2020-01-01', 'u''\\'), PARTITION p1 VALUES LESS THAN (MAXVALUE, MAXVALUE));
INSERT INTO by_range_columns VALUES ('2020-01-01', 'a'), ('2021-01-01', 'b');
CREATE TABLE by_list (a int) PARTITION BY LIST (a % 5) (PARTITION p0 VALUES IN (0, 1, NULL), PARTITION p1 VALUES IN (2, 3, 4));
INSERT INTO by_list VALUES (NULL), (7);
CREATE TABLE by_list_columns (a varchar(9), b int) CHARACTER SET latin1 PARTITION BY LIST COLUMNS (a, b) (PARTITION p0 VALUES IN (('a', 1), ('it''s', 2)), PARTITION p1 VALUES IN (('\\', 3)));
INSERT INTO by_list_columns VALUES ('a', 1);
CREATE TABLE by_hash (a int, b datetime) PARTITION BY HASH (year(b)) PARTITIONS 3;
CREATE TABLE by_linear_hash (a int) PARTITION BY LINEAR HASH (a) PARTITIONS 4;
CREATE TABLE by_key (a int PRIMARY KEY, b int) PARTITION BY KEY () PARTITIONS 2;
CREATE TABLE by_key_of_old (a int, `b ``;` int) PARTITION BY LINEAR KEY ALGORITHM = 1 (`b ``;`, a) PARTITIONS 2;
INSERT INTO by_key_of_old VALUES (1, 2), (3, 4);
CREATE TABLE by_parts (a int, b date) PARTITION BY RANGE (to_days(b)) SUBPARTITION BY HASH (a)
  (PARTITION p0 VALUES LESS THAN (to_days('2020-01-01')) (SUBPARTITION s0 COMMENT = 'x', SUBPARTITION s1),
   PARTITION p1 VALUES LESS THAN MAXVALUE (SUBPARTITION s2, SUBPARTITION s3));
INSERT INTO by_parts VALUES (1, '2019-01-01'), (2, NULL), (3, '2030-01-01');
CREATE TABLE by_timestamp (a timestamp NOT NULL) PARTITION BY RANGE (unix_timestamp(a))
  (PARTITION p0 VALUES LESS THAN (unix_timestamp('2020-01-01 00:00:00')), PARTITION p1 VALUES LESS THAN (MAXVALUE));
INSERT INTO by_timestamp VALUES ('2019-12-31 23:59:59'), ('2020-01-01 00:00:00');

-- Bounds with letters beyond ASCII.
CREATE TABLE by_letters (a varchar(9), b int, c enum('ä', '') , d blob) CHARACTER SET latin1 PARTITION BY LIST COLUMNS (a, b)
  (PARTITION p0 VALUES IN (('ä', 1), ('it''s', 2)), PARTITION p1 VALUES IN (('\\', 3), ('Ã¤', 1)), PARTITION p2 VALUES IN (('é', 1)));
INSERT INTO by_letters VALUES ('ä', 1, 'ä', x'00FFC3A4'), ('Ã¤', 1, '', ''), ('it''s', 2, NULL, NULL), ('\\', 3, 'nope', '''\\\n'), ('é', 1, 1, 'é');
CREATE TABLE from_letters (a varchar(9) CHARACTER SET utf8mb4, e enum('ü', 'ä'), t text CHARACTER SET sjis) PARTITION BY RANGE COLUMNS (a)
  (PARTITION p0 VALUES LESS THAN ('d'), PARTITION p1 VALUES LESS THAN ('ж'), PARTITION p2 VALUES LESS THAN ('漢'), PARTITION p3 VALUES LESS THAN (MAXVALUE));
INSERT INTO from_letters VALUES ('a', 'ü', '表ソ'), ('é', 'ä', ''), ('z', '', NULL), ('ж', NULL, '①'), ('я', 2, 'x'), ('漢', 1, 'y'), ('😀', 1, 'z');
CREATE TABLE `of ö` (`ä` varchar(9) CHARACTER SET sjis, b enum('1', '2', '3')) PARTITION BY LIST COLUMNS (`ä`) (PARTITION `ü` VALUES IN ('表', 'ソ'), PARTITION o VALUES IN ('x', 'あ'));
INSERT INTO `of ö` VALUES ('表', 1), ('ソ', 2), ('あ', 3), ('x', 'nope');
