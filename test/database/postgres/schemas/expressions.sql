-- Expressions that the server does not read back as it writes them.
CREATE SCHEMA listing;
CREATE DOMAIN listing.d AS varchar(3) CHECK (VALUE IN ('a','b'));
CREATE TABLE listing.t (id int, v varchar(5) CHECK (v IN ('a','b')), f boolean DEFAULT ('a'::varchar IN ('a','b')), g boolean GENERATED ALWAYS AS (v IN ('x','y')) STORED, CONSTRAINT later CHECK (v NOT IN ('q','r')) NOT VALID);
CREATE INDEX ON listing.t (id) WHERE v IN ('a','b');
CREATE INDEX ON listing.t ((v IN ('a', 'c')));
ALTER TABLE listing.t ADD CONSTRAINT ex EXCLUDE USING btree (id WITH =) WHERE (v IN ('m','n'));
CREATE TABLE listing.p (v varchar, id int) PARTITION BY LIST ((v IN ('a','b')));
CREATE TABLE listing.pt PARTITION OF listing.p FOR VALUES IN (true);
CREATE TABLE listing.child () INHERITS (listing.t);
CREATE FUNCTION listing.f(boolean DEFAULT ('a'::varchar IN ('a','b'))) RETURNS int LANGUAGE sql AS 'SELECT 1';
