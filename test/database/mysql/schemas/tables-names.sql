-- Names and comments that hold what SQL, its clients and files give a meaning.
SET NAMES utf8mb4, sql_mode = '';

CREATE TABLE `a ``b'c"d;e\f` (`id``;'"\` int COMMENT 'it''s \\ "q" `b` ; /* x */ -- y\n\r\t\0 %_', `DELIMITER` int, `ü漢` int, ` x` int, `a.b` int, `a,b` int, `(` int)
  COMMENT 'a ''table''; \\ \n "x" -- # /* */漢';
INSERT INTO `a ``b'c"d;e\f` VALUES (1, 2, 3, 4, 5, 6, 7);
CREATE TABLE `line
break` (`col
umn` int, `other
_ ,column` int, KEY `k
ey` (`col
umn`));
INSERT INTO `line
break` VALUES (1, 2);
CREATE TABLE `SELECT` (`FROM` int PRIMARY KEY, `GENERATED` int DEFAULT 3, `ALWAYS` int, `AS` int, `ROW` int, `START` int, `PRIMARY KEY` int, `CONSTRAINT` int,
  KEY `FOREIGN KEY` (`GENERATED`), CONSTRAINT `KEY` CHECK (`AS` > 0));
INSERT INTO `SELECT` VALUES (1, 2, 3, 4, 5, 6, 7, 8);
CREATE TABLE `é` (a int);
CREATE TABLE `Upper` (`A` int, `b` int);
CREATE TABLE `..` (`.` int);
CREATE TABLE `1` (`2e3` int, `0x1` int);
CREATE TABLE `$a$` (`$` int, `@` int, `@@x` int);
CREATE TABLE `%` (`%s` int);
CREATE TABLE `a_name_of_64_letters_a_name_of_64_letters_a_name_of_64_letters_a` (`a_name_of_64_letters_a_name_of_64_letters_a_name_of_64_letters_a` int);
CREATE TABLE `漢漢漢漢漢漢漢漢漢漢漢漢漢漢漢漢漢漢漢漢漢漢漢漢漢漢漢漢漢漢漢漢` (`漢` int);
