-- Every type that both servers have, with values at the ends of its range. Hexadecimal texts hold bytes.
SET NAMES utf8mb4, time_zone = '+00:00', sql_mode = 'NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES';

CREATE TABLE integers (
  id int NOT NULL PRIMARY KEY,
  t tinyint, tu tinyint unsigned, b bool, s smallint, su smallint unsigned, m mediumint, mu mediumint unsigned,
  i int, iu int unsigned, g bigint, gu bigint unsigned, z int(7) unsigned zerofill, gz bigint unsigned zerofill, y year
);
INSERT INTO integers VALUES
  (1, -128, 0, true, -32768, 0, -8388608, 0, -2147483648, 0, -9223372036854775808, 0, 0, 0, 1901),
  (2, 127, 255, false, 32767, 65535, 8388607, 16777215, 2147483647, 4294967295, 9223372036854775807, 18446744073709551615, 42,
   18446744073709551615, 2155),
  (3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 0),
  (4, 0, 1, 2, 0, 1, 0, 1, 0, 1, 0, 1, 4294967295, 1, NULL);

CREATE TABLE decimals (
  id int PRIMARY KEY,
  a decimal(65,30), b decimal(65,0), c decimal(5,2) unsigned zerofill, d decimal(30,30), e numeric
);
INSERT INTO decimals VALUES
  (1, 99999999999999999999999999999999999.999999999999999999999999999999, 99999999999999999999999999999999999999999999999999999999999999999,
   7.5, 0.999999999999999999999999999999, -9999999999),
  (2, -99999999999999999999999999999999999.999999999999999999999999999999, -99999999999999999999999999999999999999999999999999999999999999999,
   999.99, -0.000000000000000000000000000001, 0),
  (3, 0.000000000000000000000000000001, -1, 0, 0, NULL);

CREATE TABLE floats (
  id int PRIMARY KEY,
  f float, d double, fd float(10,3), dd double(20,5), small double(60,30), z double unsigned zerofill, f0 float(20,0), p float(30)
);
INSERT INTO floats VALUES
  (1, 3.4028234663852886e38, 1.7976931348623157e308, 1234567.891, 123456789012345.12345, 1e-30, 1e-300, 12345678901234567000, 0.1),
  (2, 1e-45, 5e-324, 0.0005, 0.00001, 123456789012345.125, 0.1, 3, 1e300),
  (3, 1.17549435e-38, 2.2250738585072014e-308, -9999999.999, -999999999999999, -0.1, 12345, -1, 2),
  (4, '-0', '-0', '-0', '-0', '-0', 0, '-0', '-0'),
  (5, 0.1, 0.1, 0.1, 0.1, 0.1, 0.30000000000000004, 7, -0.3),
  (6, 16777217, 123456789012345678, 9.87, 99.123456, 0.333333333333333333, 1e16, 8388609, 1e-300),
  (7, -1.5e-20, '0.30000000000000004', NULL, NULL, NULL, NULL, NULL, NULL);

CREATE TABLE bits (id int PRIMARY KEY, a bit, b bit(9), c bit(64), d bit(10) DEFAULT b'1011');
INSERT INTO bits VALUES
  (1, b'1', b'100000001', x'FFFFFFFFFFFFFFFF', DEFAULT), (2, b'0', b'0', 0, x'27'), (3, NULL, x'5C', x'275C0A0D001A2C00', x'0A');

CREATE TABLE times (
  id int PRIMARY KEY,
  d date, dt datetime, dt6 datetime(6), ts timestamp NULL, ts6 timestamp(6) NULL DEFAULT NULL, t time, t6 time(6), t3 time(3)
);
INSERT INTO times VALUES
  (1, '0000-00-00', '0000-00-00', '0000-00-00', '0000-00-00', '0000-00-00', 0, 0, 0),
  (2, '9999-12-31', '9999-12-31 23:59:59', '9999-12-31 23:59:59.999999', '2038-01-19 03:14:07', '2038-01-19 03:14:07.999999',
   '838:59:59', '838:59:59', '838:59:59'),
  (3, '2023-02-31', '2023-02-31 23:59:59', '2023-04-31 00:00:00.000001', '1970-01-01 00:00:01', '1970-01-01 00:00:01.000001',
   '-838:59:59', '-838:59:59', '-00:00:00.001'),
  (4, '2023-00-00', '2023-06-00 01:02:03', '0000-01-01 00:00:00.5', '2023-03-26 02:30:00', '2023-10-29 02:30:00.25', '-00:00:01',
   '-00:00:00.000001', '12:34:56.789'),
  (5, '1000-01-01', '0001-01-01', '1582-10-10', NULL, NULL, NULL, NULL, NULL);

CREATE TABLE defaults_of_times (
  id int NOT NULL AUTO_INCREMENT PRIMARY KEY,
  a timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP,
  b timestamp(3) NULL DEFAULT NULL ON UPDATE CURRENT_TIMESTAMP(3),
  c datetime(6) DEFAULT CURRENT_TIMESTAMP(6),
  d timestamp NOT NULL DEFAULT '2001-02-03 04:05:06',
  e datetime DEFAULT '0000-00-00 00:00:00',
  f date DEFAULT '2023-02-31',
  g time DEFAULT '-10:11:12',
  h timestamp NOT NULL DEFAULT '0000-00-00 00:00:00'
);
INSERT INTO defaults_of_times (id, a) VALUES (-5, '2020-01-01'), (0, '2020-01-02'), (2147483647, '2020-01-03');

CREATE TABLE `binary` (
  id int PRIMARY KEY,
  b binary(8), vb varbinary(300) DEFAULT x'00FF275C', tb tinyblob, bl blob, mb mediumblob, lb longblob, b1 binary DEFAULT '\0'
);
INSERT INTO `binary` VALUES
  (1, x'61', x'000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F202122232425262728292A2B2C2D2E2F303132333435363738393A3B3C3D3E3F404142434445464748494A4B4C4D4E4F505152535455565758595A5B5C5D5E5F606162636465666768696A6B6C6D6E6F707172737475767778797A7B7C7D7E7F808182838485868788898A8B8C8D8E8F909192939495969798999A9B9C9D9E9FA0A1A2A3A4A5A6A7A8A9AAABACADAEAFB0B1B2B3B4B5B6B7B8B9BABBBCBDBEBFC0C1C2C3C4C5C6C7C8C9CACBCCCDCECFD0D1D2D3D4D5D6D7D8D9DADBDCDDDEDFE0E1E2E3E4E5E6E7E8E9EAEBECEDEEEFF0F1F2F3F4F5F6F7F8F9FAFBFCFDFEFF',
   '', x'00', x'0A2C2827', x'FF', '\0'),
  (2, x'0000000000000000', '', NULL, '', '  ', REPEAT(x'27', 1000), ' '),
  (3, '        ', 'a  ', 'NULL', '\\N', 'x\0', NULL, NULL);

CREATE TABLE enums (
  id int PRIMARY KEY,
  a enum('x','y','it''s','a\\b') NOT NULL, b enum('','0','1') NOT NULL DEFAULT '0', c enum('1','0','2') DEFAULT '2',
  d set('a','b','c''d'), e set('','x','0'), f enum('ü','z') CHARACTER SET latin1, g set('ä','ß') CHARACTER SET utf16 DEFAULT 'ä,ß',
  h set('00','01','02','03','04','05','06','07','08','09','10','11','12','13','14','15','16','17','18','19','20','21','22','23','24',
    '25','26','27','28','29','30','31','32','33','34','35','36','37','38','39','40','41','42','43','44','45','46','47','48','49','50',
    '51','52','53','54','55','56','57','58','59','60','61','62','63'),
  i enum('ä','é') CHARACTER SET ucs2
);
INSERT INTO enums VALUES
  (1, 'x', '', '1', '', '', 'ü', 'ä', '', 'ä'), (2, 'it''s', '0', '0', 'a,b,c''d', 3, 'z', 'ä,ß', 18446744073709551615, 'é'),
  (3, 'a\\b', '1', '2', 'b', 1, NULL, '', 9223372036854775808, NULL), (4, 'y', 1, 1, NULL, 'x,0', 'ü', NULL, '00,63', 'ä'),
  (5, '', 'nope', 'nope', '', '', '', 'ß', 1, '');

CREATE TABLE documents (id int PRIMARY KEY, j json, k json NOT NULL);
INSERT INTO documents VALUES
  (1, '{"a":[1,2.5,-0.0,1e100,18446744073709551615,true,null,"ü😀\\u0000\\n\\"\\\\"]}', '[]'), (2, NULL, '"it''s"'), (3, 'null', '{"":{"":[]}}');

CREATE TABLE shapes (
  id int PRIMARY KEY, g geometry, p point NOT NULL, l linestring, a polygon, mp multipoint, ml multilinestring, ma multipolygon,
  gc geometrycollection
);
INSERT INTO shapes VALUES
  (1, ST_GeomFromText('POINT(1 2)'), ST_GeomFromText('POINT(-1.5 0.1)', 4326), ST_GeomFromText('LINESTRING(0 0, 1 1)'),
   ST_GeomFromText('POLYGON((0 0, 0 1, 1 1, 0 0))'), ST_GeomFromText('MULTIPOINT(0 0, 39 92)'),
   ST_GeomFromText('MULTILINESTRING((0 0, 1 1), (2 2, 3 3))'), ST_GeomFromText('MULTIPOLYGON(((0 0, 0 1, 1 1, 0 0)))'),
   ST_GeomFromText('GEOMETRYCOLLECTION(POINT(1 1), LINESTRING(0 0, 1 1))')),
  (2, ST_GeomFromText('GEOMETRYCOLLECTION EMPTY'), ST_GeomFromText('POINT(10 13)', 3857), NULL, NULL, NULL, NULL, NULL,
   ST_GeomFromText('GEOMETRYCOLLECTION EMPTY')),
  (3, NULL, ST_GeomFromText('POINT(0 0)'), NULL, NULL, NULL, NULL, NULL, NULL);

CREATE TABLE counted (id bigint unsigned NOT NULL AUTO_INCREMENT, a int, KEY (a), UNIQUE KEY (id)) AUTO_INCREMENT = 18446744073709551610;
INSERT INTO counted VALUES (0, 1), (NULL, 2);
CREATE TABLE counted_within (a int, id int AUTO_INCREMENT, PRIMARY KEY (a, id)) ENGINE = MyISAM;
INSERT INTO counted_within (a) VALUES (1), (1), (2);
CREATE TABLE counted_empty (id int NOT NULL AUTO_INCREMENT PRIMARY KEY) AUTO_INCREMENT = 1000;
CREATE TABLE without_rows (a int);
CREATE TABLE long_rows (a longtext);
INSERT INTO long_rows VALUES (REPEAT('ü''\\', 300000)), (''), (NULL);
