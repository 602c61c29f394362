-- The server's own provider.
CREATE SCHEMA text;
CREATE COLLATION text.built_in (PROVIDER = builtin, LOCALE = 'C.UTF-8');
CREATE COLLATION text.as_c (PROVIDER = builtin, LOCALE = 'C');
CREATE TABLE text.a (a text COLLATE text.built_in);
