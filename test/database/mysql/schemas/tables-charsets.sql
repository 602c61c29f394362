-- Texts of all character sets, among them letters whose second byte is a backslash or a quote, and trailing spaces.
SET NAMES utf8mb4, sql_mode = '';

CREATE TABLE latin1_of_utf8 (id int PRIMARY KEY, a varchar(20), b char(9), c text) CHARACTER SET latin1;
INSERT INTO latin1_of_utf8 VALUES (1, x'C3A4E282AC', x'F09F9880', x'80818D8F909DFF00'), (2, 'ä', 'b   ', '  '), (3, '', '', '');

CREATE TABLE letters (
  id int PRIMARY KEY,
  ascii_ char(5) CHARACTER SET ascii, latin1_ char(5) CHARACTER SET latin1, utf8mb3_ char(5) CHARACTER SET utf8mb3,
  utf8mb4_ char(5) CHARACTER SET utf8mb4, ucs2_ char(5) CHARACTER SET ucs2, utf16_ char(5) CHARACTER SET utf16,
  utf16le_ char(5) CHARACTER SET utf16le, utf32_ char(5) CHARACTER SET utf32, sjis_ char(5) CHARACTER SET sjis,
  cp932_ char(5) CHARACTER SET cp932, gbk_ char(5) CHARACTER SET gbk, big5_ char(5) CHARACTER SET big5,
  ujis_ char(5) CHARACTER SET ujis, euckr_ char(5) CHARACTER SET euckr, gb2312_ char(5) CHARACTER SET gb2312,
  koi8r_ char(5) CHARACTER SET koi8r, swe7_ char(5) CHARACTER SET swe7, binary_ char(5) CHARACTER SET binary
);
INSERT INTO letters VALUES
  (1, 'a''\\', 'é€', '漢', '😀''', 'ü漢', '😀\\', '😀', '😀', '表ソ', '①ソ', '縗', '功', 'あ', '가', '中', 'ж', 'a', x'00FF'),
  (2, ' ', '  a ', 'x ', 'x ', 'x ', 'x ', 'x ', 'x ', 'x ', 'x ', 'x ', 'x ', 'x ', 'x ', 'x ', 'x ', 'x ', 'x '),
  (3, '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', ''),
  (4, '\0', '\n', '\r', '\t', '\Z', '\b', '"', '`', '%', '_', ',', '(', ')', ';', '-', '#', '/', '*');

CREATE TABLE texts (
  id int PRIMARY KEY,
  a varchar(9) CHARACTER SET utf16, b text CHARACTER SET sjis, c mediumtext CHARACTER SET gbk, d longtext CHARACTER SET big5,
  e tinytext CHARACTER SET utf32, f varchar(9) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
);
INSERT INTO texts VALUES (1, 'x  ', '表\\''', '縗縗', '功\n', 'ä  ', '  ''x'' '), (2, '', '', '', '', '', ''), (3, NULL, NULL, NULL, NULL, NULL, NULL);

CREATE TABLE default_of_charsets (
  a varchar(10) CHARACTER SET latin1 DEFAULT 'ä''\\', b varchar(10) CHARACTER SET sjis DEFAULT '表ソ', c varchar(10) CHARACTER SET gbk DEFAULT '縗',
  d varchar(10) CHARACTER SET big5 DEFAULT '功', e char(5) CHARACTER SET utf16 DEFAULT 'ü', f varchar(9) CHARACTER SET utf8mb4 DEFAULT '漢 ''%_\\n\n',
  g varchar(9) CHARACTER SET latin1 DEFAULT x'C3A4', h enum('ä','''','\\') CHARACTER SET latin1 DEFAULT '\\', i varchar(9) DEFAULT '',
  j varchar(9) CHARACTER SET utf8mb4 DEFAULT '😀?', k enum('😀','?😀','é') CHARACTER SET utf8mb4 DEFAULT '?😀', l set('a','😀') CHARACTER SET utf16
);
INSERT INTO default_of_charsets () VALUES ();
INSERT INTO default_of_charsets (k, l) VALUES (1, 3);

CREATE TABLE collations_of_columns (
  a varchar(5), b varchar(5) COLLATE utf8mb4_bin, c varchar(5) CHARACTER SET utf8mb4, d varchar(5) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci,
  e varchar(5) CHARACTER SET latin1, f varchar(5) CHARACTER SET latin1 COLLATE latin1_bin, g varchar(5) CHARACTER SET utf8mb3
) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;
CREATE TABLE collations_of_latin1 (
  a varchar(5), b varchar(5) COLLATE latin1_bin, c varchar(5) CHARACTER SET utf8mb4, d enum('x') COLLATE latin1_german1_ci
) CHARACTER SET latin1 COLLATE latin1_german1_ci;
-- Its columns keep the character set that the table had.
CREATE TABLE collations_of_old (a varchar(5), b text, c varchar(5) CHARACTER SET ascii, d varchar(5) COLLATE latin1_bin, i int) CHARACTER SET latin1;
ALTER TABLE collations_of_old DEFAULT CHARACTER SET utf8mb4, ADD e varchar(5), ADD f varchar(5) CHARACTER SET utf8mb4 AFTER a;
ALTER TABLE collations_of_old DEFAULT CHARACTER SET koi8r, ADD g varchar(5);
