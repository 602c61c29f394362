-- Collations with rules.
CREATE SCHEMA text;
CREATE COLLATION text.ruled (PROVIDER = icu, LOCALE = 'de', RULES = E'&V << w <<< W & ''\\'' < b');
CREATE TABLE text.a (a text COLLATE text.ruled);
