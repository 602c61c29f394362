-- Multiranges, and types that are subscripted by a function.
CREATE SCHEMA kit;
CREATE TYPE kit.spans AS RANGE (SUBTYPE = date, MULTIRANGE_TYPE_NAME = kit."Odd ""multi");
CREATE TYPE kit.span AS RANGE (SUBTYPE = timestamp with time zone, MULTIRANGE_TYPE_NAME = kit.many);
CREATE TYPE kit.short_range AS RANGE (SUBTYPE = integer);
CREATE TYPE kit.plain AS RANGE (SUBTYPE = bigint, SUBTYPE_DIFF = int8range_subdiff);
ALTER TYPE kit.plain_multirange RENAME TO of_plain;
COMMENT ON TYPE kit.of_plain IS 'many of them';
COMMENT ON FUNCTION kit.plain(bigint, bigint) IS 'a constructor';
REVOKE ALL ON FUNCTION kit.plain_multirange() FROM PUBLIC;
-- Constructors keep the name and the schema that the types had.
CREATE SCHEMA "Odd ""Kit";
CREATE TYPE kit.was AS RANGE (SUBTYPE = numeric);
ALTER TYPE kit.was RENAME TO "Odd ""is";
ALTER TYPE kit."Odd ""is" SET SCHEMA "Odd ""Kit";
CREATE TYPE kit.split AS RANGE (SUBTYPE = numeric, MULTIRANGE_TYPE_NAME = "Odd ""Kit".splits);
CREATE VIEW kit.a_split AS SELECT kit.splits(kit.split(1, 2)) AS a;
CREATE VIEW kit.a_was AS SELECT kit.was(1, 2) AS a, kit.was_multirange(kit.was(1, 2, '[]')) AS b, kit.plain_multirange() AS c;
CREATE DOMAIN kit.a_many AS kit.many DEFAULT kit.many(kit.span(now(), NULL)) CHECK (NOT isempty(VALUE));
CREATE TABLE kit.a (a kit."Odd ""multi", b kit.of_plain[] DEFAULT ARRAY[kit.plain_multirange(kit.plain(1, 2))], c kit.a_many);
INSERT INTO kit.a (a) VALUES ('{[2020-01-01,2020-02-01)}');
CREATE FUNCTION kit.a_of(kit.many) RETURNS kit.span RETURN range_merge($1);
CREATE CAST (kit.of_plain AS text) WITH INOUT AS ASSIGNMENT;

CREATE FUNCTION kit.subscript(internal) RETURNS internal LANGUAGE internal STRICT IMMUTABLE PARALLEL SAFE AS 'array_subscript_handler';
CREATE TYPE kit.list;
CREATE FUNCTION kit.list_in(cstring, oid, integer) RETURNS kit.list LANGUAGE internal STRICT AS 'array_in';
CREATE FUNCTION kit.list_out(kit.list) RETURNS cstring LANGUAGE internal STRICT AS 'array_out';
CREATE TYPE kit.list (INPUT = kit.list_in, OUTPUT = kit.list_out, SUBSCRIPT = kit.subscript, ELEMENT = integer, INTERNALLENGTH = variable);
CREATE TYPE kit.raw;
CREATE FUNCTION kit.raw_in(cstring) RETURNS kit.raw LANGUAGE internal STRICT AS 'point_in';
CREATE FUNCTION kit.raw_out(kit.raw) RETURNS cstring LANGUAGE internal STRICT AS 'point_out';
CREATE TYPE kit.raw (INPUT = kit.raw_in, OUTPUT = kit.raw_out, SUBSCRIPT = raw_array_subscript_handler, ELEMENT = float8, INTERNALLENGTH = 16, ALIGNMENT = double);
CREATE VIEW kit.an_element AS SELECT ('(1,2)'::kit.raw)[0] AS x;
