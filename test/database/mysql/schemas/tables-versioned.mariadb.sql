SET NAMES utf8mb4, sql_mode = '', time_zone = '+00:00';

CREATE TABLE versioned (id int PRIMARY KEY, a varchar(9), b int WITHOUT SYSTEM VERSIONING, KEY (a)) WITH SYSTEM VERSIONING;
INSERT INTO versioned VALUES (1, 'a', 1), (2, 'b', 2), (3, 'c', 3);
UPDATE versioned SET a = 'aa' WHERE id = 1;
DELETE FROM versioned WHERE id = 2;
UPDATE versioned SET a = 'aaa' WHERE id = 1;
CREATE TABLE versioned_by_name (
  id int PRIMARY KEY, a int, `valid ``from` timestamp(6) GENERATED ALWAYS AS ROW START, until timestamp(6) GENERATED ALWAYS AS ROW END INVISIBLE,
  PERIOD FOR SYSTEM_TIME (`valid ``from`, until)
) WITH SYSTEM VERSIONING;
INSERT INTO versioned_by_name (id, a) VALUES (1, 1), (2, 2);
UPDATE versioned_by_name SET a = 3;
DELETE FROM versioned_by_name WHERE id = 2;
CREATE TABLE versioned_columns (a int, b int WITH SYSTEM VERSIONING, c enum('x') WITH SYSTEM VERSIONING);
INSERT INTO versioned_columns (a, b, c) VALUES (1, 2, 'x'), (1, 2, '');
UPDATE versioned_columns SET b = 3;
CREATE TABLE versioned_parts (id int, a int) WITH SYSTEM VERSIONING PARTITION BY SYSTEM_TIME LIMIT 1000
  (PARTITION p0 HISTORY, PARTITION p1 HISTORY, PARTITION pn CURRENT);
INSERT INTO versioned_parts VALUES (1, 1), (2, 2);
DELETE FROM versioned_parts WHERE id = 1;
CREATE TABLE versioned_months (id int) WITH SYSTEM VERSIONING PARTITION BY SYSTEM_TIME INTERVAL 1 MONTH STARTS '2020-01-01 00:00:00' PARTITIONS 3;
CREATE TABLE bitemporal (id int, s date, e date, PERIOD FOR p (s, e), PRIMARY KEY (id, p WITHOUT OVERLAPS)) WITH SYSTEM VERSIONING;
INSERT INTO bitemporal VALUES (1, '2020-01-01', '2021-01-01');
DELETE FROM bitemporal FOR PORTION OF p FROM '2020-03-01' TO '2020-04-01';
