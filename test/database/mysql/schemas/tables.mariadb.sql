SET NAMES utf8mb4, sql_mode = '', time_zone = '+00:00';

CREATE TABLE addresses (id uuid PRIMARY KEY, a inet6, b inet4, c uuid NOT NULL DEFAULT uuid(), KEY (a));
INSERT INTO addresses VALUES
  ('123e4567-e89b-12d3-a456-426655440000', '::ffff:192.168.0.1', '255.255.255.255', 'ffffffff-ffff-ffff-ffff-ffffffffffff'),
  ('00000000-0000-0000-0000-000000000000', '2001:db8::ff00:42:8329', '0.0.0.0', '5c270a0d-001a-1c22-a5a5-275c275c275c'), (uuid(), '::', NULL, uuid());
CREATE TABLE compressed_columns (id int PRIMARY KEY, a text COMPRESSED, b varchar(500) COMPRESSED=zlib CHARACTER SET latin1, c blob COMPRESSED);
INSERT INTO compressed_columns VALUES (1, repeat('ü', 500), repeat('ä', 200), repeat('\0', 500)), (2, '', NULL, '');
CREATE TABLE invisible (a int, b int INVISIBLE DEFAULT 3, c int INVISIBLE);
INSERT INTO invisible (a, b, c) VALUES (1, 2, 3);
CREATE TABLE ignored (a int, b int, KEY a (a) IGNORED, KEY b (b), KEY ab (a, b DESC) IGNORED COMMENT 'x');
CREATE TABLE year2 (a year(2), b year(4));
INSERT INTO year2 VALUES (70, 0), (69, 1970), (0, 2155), ('00', '00'), (99, NULL);
CREATE TABLE crashsafe (a int PRIMARY KEY, b text, KEY (b(5))) ENGINE = Aria TRANSACTIONAL = 1 PAGE_CHECKSUM = 1 ROW_FORMAT = PAGE;
INSERT INTO crashsafe VALUES (1, 'x');
CREATE TABLE unsafe (a int, KEY (a)) ENGINE = Aria TRANSACTIONAL = 0 PAGE_CHECKSUM = 0;
CREATE TABLE page_compressed (a int) PAGE_COMPRESSED = 1 PAGE_COMPRESSION_LEVEL = 5;
CREATE TABLE astral (
  a varchar(20), b varchar(90) AS (concat(a, '😀')), c varchar(50) DEFAULT (concat('😀', upper('ü'))), d varchar(20) DEFAULT '😀''?', CHECK (a <> '😀')
) CHARACTER SET utf8mb4;
INSERT INTO astral (a) VALUES ('x');
CREATE TABLE looped (a int DEFAULT 1, b int DEFAULT (a + 1), c timestamp(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6) ON UPDATE CURRENT_TIMESTAMP(6), d int DEFAULT NULL COMMENT 'd' CHECK (d > 0));
SET check_constraint_checks = 0;
INSERT INTO looped (a, c, d) VALUES (1, 0, -5);
SET check_constraint_checks = 1;
CREATE TABLE long_unique (a text, b longblob, UNIQUE KEY (a), UNIQUE KEY u (b));
INSERT INTO long_unique VALUES ('x', 'y');
CREATE TABLE unique_hash (a varchar(9), UNIQUE KEY (a) USING HASH);

CREATE SEQUENCE plain_sequence;
CREATE SEQUENCE `seq ``;'"` START WITH 5 MINVALUE 1 MAXVALUE 20 INCREMENT BY 7 CACHE 2 CYCLE COMMENT 'it''s \\ x';
DO nextval(`seq ``;'"`), nextval(`seq ``;'"`), nextval(`seq ``;'"`), nextval(`seq ``;'"`), nextval(`seq ``;'"`);
CREATE SEQUENCE downwards START WITH -1 INCREMENT BY -3 MINVALUE -10 MAXVALUE -1 NOCACHE;
DO nextval(downwards), nextval(downwards), nextval(downwards), nextval(downwards);
CREATE SEQUENCE exhausted;
DO setval(exhausted, 9223372036854775806, 1);
CREATE SEQUENCE set_back START WITH 100 MINVALUE 1;
ALTER SEQUENCE set_back RESTART WITH 50;
CREATE SEQUENCE of_myisam START WITH 3 MINVALUE 3 MAXVALUE 10 INCREMENT BY 0 ENGINE = MyISAM;
CREATE SEQUENCE in_round START WITH 3 MINVALUE 3 MAXVALUE 10 CYCLE;
DO setval(in_round, 7, 0, 4);
CREATE TABLE numbered (id bigint NOT NULL DEFAULT nextval(plain_sequence), a int DEFAULT (nextval(`seq ``;'"`) + lastval(plain_sequence)) COMMENT 'x', b int, PRIMARY KEY (id));
INSERT INTO numbered VALUES (7, 8, 9);

CREATE TABLE booked (id int, s date, e date, PERIOD FOR `from ``to` (s, e), UNIQUE KEY u (id, `from ``to` WITHOUT OVERLAPS), KEY k (id));
INSERT INTO booked VALUES (1, '2020-01-01', '2020-02-01'), (1, '2020-02-01', '2020-03-01');

-- What newer versions alone have.
SET @create = 'DO 0', @insert = 'DO 0' /*M!110800 , @create = 'CREATE TABLE vectors (
  id int PRIMARY KEY, v vector(3) NOT NULL, w vector(2) DEFAULT NULL, a int, KEY (a), VECTOR KEY `v ``1` (v) M=8 DISTANCE=cosine, KEY last (a, id)
)', @insert = 'INSERT INTO vectors VALUES (1, vec_fromtext(''[1,2.5,-3e10]''), vec_fromtext(''[0.1,1e-40]''), 1), (2, x''00275C0A0D1A2C28FF000000'', NULL, 2)' */;
PREPARE s FROM @create;
EXECUTE s;
PREPARE s FROM @insert;
EXECUTE s;
DEALLOCATE PREPARE s;
