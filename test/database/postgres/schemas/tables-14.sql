-- Multirange types, compression and what else came with version 14.
CREATE SCHEMA t;
CREATE TYPE t.span AS RANGE (SUBTYPE = time, MULTIRANGE_TYPE_NAME = t."Odd spans");
CREATE TYPE t.evens;
CREATE FUNCTION t.canonical(t.evens) RETURNS t.evens LANGUAGE internal IMMUTABLE STRICT AS 'int4range_canonical';
CREATE TYPE t.evens AS RANGE (SUBTYPE = integer, CANONICAL = t.canonical);
CREATE TABLE t.many (spans t."Odd spans", evens t.evens_multirange DEFAULT '{[1,5)}', text text COMPRESSION pglz, plain text);
INSERT INTO t.many (spans) VALUES ('{[00:00,01:00)}');
CREATE INDEX by_brin ON t.many USING brin (plain text_bloom_ops (n_distinct_per_range = 100));
CREATE INDEX by_minmax ON t.many USING brin (plain text_minmax_ops);
CREATE FUNCTION t.counts(t.many) RETURNS integer RETURN 1;
ALTER TABLE t.many ADD one integer DEFAULT 1, ADD CHECK (t.counts(many) = one);
