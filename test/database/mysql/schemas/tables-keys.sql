-- Keys of all kinds in the order in which a server does not keep them, and foreign keys in circles.
SET NAMES utf8mb4, sql_mode = '', foreign_key_checks = 0;

CREATE TABLE keys_of_all_kinds (
  a int, b varchar(50) NOT NULL, c text, d int NOT NULL, e int NOT NULL AUTO_INCREMENT, f varchar(20), g point NOT NULL,
  KEY plain (a) COMMENT 'it''s; "a" \\ comment', KEY `prefix``;` (b(5), c(10)), FULLTEXT KEY full1 (c), UNIQUE KEY u2 (a, b),
  UNIQUE KEY u1 (d), KEY hashed (f) USING HASH, KEY tree USING BTREE (f, a), KEY descending (a DESC, b), SPATIAL KEY place (g),
  KEY counter (e), KEY sized (d, a) KEY_BLOCK_SIZE = 4, FULLTEXT full2 (b, c), KEY last (b), PRIMARY KEY (d, e)
);
INSERT INTO keys_of_all_kinds VALUES (1, 'b', 'some words', 2, 3, 'f', ST_GeomFromText('POINT(1 2)'));

CREATE TABLE keys_in_memory (a int, b varchar(9), KEY h (a) USING HASH, KEY b (b) USING BTREE, KEY both_ (a, b)) ENGINE = MEMORY;
CREATE TABLE keys_of_myisam (
  a int, b varchar(100), c text, KEY k (b), KEY p (a), FULLTEXT (c), UNIQUE u (b)
) ENGINE = MyISAM ROW_FORMAT = DYNAMIC PACK_KEYS = 1 DELAY_KEY_WRITE = 1 CHECKSUM = 1 MIN_ROWS = 5 MAX_ROWS = 1000 AVG_ROW_LENGTH = 50;
INSERT INTO keys_of_myisam VALUES (1, 'b', 'c');
CREATE TABLE keyless (a int, b int) ENGINE = InnoDB ROW_FORMAT = COMPACT STATS_PERSISTENT = 0 STATS_AUTO_RECALC = 1 STATS_SAMPLE_PAGES = 7;
CREATE TABLE compressed (a int PRIMARY KEY, b text, KEY (b(9))) ROW_FORMAT = COMPRESSED KEY_BLOCK_SIZE = 8;
CREATE TABLE listed (a int NOT NULL, b varchar(9) NOT NULL) ENGINE = CSV;
INSERT INTO listed VALUES (1, 'it''s "x"');

CREATE TABLE a_child (
  id int PRIMARY KEY, parent int, parent2 int, other int, x int, y int,
  KEY own (parent), KEY other_key (other, x), KEY free (y), KEY free2 (y, x),
  CONSTRAINT `fk;1` FOREIGN KEY (parent) REFERENCES z_parent (id) ON DELETE CASCADE ON UPDATE SET NULL,
  CONSTRAINT fk2 FOREIGN KEY (parent2) REFERENCES z_parent (id) ON DELETE RESTRICT ON UPDATE NO ACTION,
  FOREIGN KEY (other, x) REFERENCES z_parent (x, y)
);
CREATE TABLE z_parent (id int PRIMARY KEY, child int, x int, y int, UNIQUE KEY xy (x, y), KEY c (child), FOREIGN KEY (child) REFERENCES a_child (id));
CREATE TABLE itself (id int PRIMARY KEY, up int, CONSTRAINT up FOREIGN KEY (up) REFERENCES itself (id) ON DELETE SET NULL);
INSERT INTO a_child VALUES (1, 7, 7, 2, 3, 4);
INSERT INTO z_parent VALUES (7, 1, 2, 3);
INSERT INTO itself VALUES (1, 2), (2, 1);
-- Rows that no parent has, loaded while keys were not checked.
INSERT INTO a_child VALUES (2, 99, NULL, NULL, NULL, NULL);
CREATE TABLE `parent ``;"'` (`id ``` int PRIMARY KEY);
CREATE TABLE child_of_names (a int, CONSTRAINT `c ``;'` FOREIGN KEY (a) REFERENCES `parent ``;"'` (`id ```));
CREATE TABLE joined_1 (a int, b int, KEY (a)) ENGINE = MyISAM;
CREATE TABLE `joined ``2` LIKE joined_1;
INSERT INTO joined_1 VALUES (1, 2);
CREATE TABLE joined (a int, b int, KEY (a)) ENGINE = MERGE UNION = (joined_1, `joined ``2`) INSERT_METHOD = LAST;
CREATE TABLE nowhere (a int) ENGINE = BLACKHOLE;
