-- Types, as odd as servers from 13 on allow.
DO $do$
DECLARE
  role text;
BEGIN
  FOREACH role IN ARRAY ARRAY['maker', 'taker', 'Odd "Role'] LOOP
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role) THEN EXECUTE format('CREATE ROLE %I', role); END IF;
  END LOOP;
END
$do$;
CREATE SCHEMA kit;
CREATE SCHEMA "Odd ""Kit";

-- Base types: everything at its default, everything set, and what another type's attributes give

CREATE TYPE kit.plain;
CREATE FUNCTION kit.plain_in(cstring) RETURNS kit.plain LANGUAGE internal STRICT IMMUTABLE AS 'textin';
CREATE FUNCTION kit.plain_out(kit.plain) RETURNS cstring LANGUAGE internal STRICT IMMUTABLE AS 'textout';
CREATE TYPE kit.plain (INPUT = kit.plain_in, OUTPUT = kit.plain_out);

CREATE TYPE "Odd ""Kit"."Odd ""type";
CREATE FUNCTION "Odd ""Kit"."Odd ""in"(cstring, oid, integer) RETURNS "Odd ""Kit"."Odd ""type" LANGUAGE internal STRICT IMMUTABLE AS 'varcharin';
CREATE FUNCTION "Odd ""Kit"."Odd ""out"("Odd ""Kit"."Odd ""type") RETURNS cstring LANGUAGE internal STRICT IMMUTABLE AS 'varcharout';
CREATE FUNCTION kit.receive(internal, oid, integer) RETURNS "Odd ""Kit"."Odd ""type" LANGUAGE internal STRICT IMMUTABLE AS 'varcharrecv';
CREATE FUNCTION kit.send("Odd ""Kit"."Odd ""type") RETURNS bytea LANGUAGE internal STRICT IMMUTABLE AS 'varcharsend';
CREATE FUNCTION kit.modifier_in(cstring[]) RETURNS integer LANGUAGE internal STRICT IMMUTABLE AS 'varchartypmodin';
CREATE FUNCTION kit.modifier_out(integer) RETURNS cstring LANGUAGE internal STRICT IMMUTABLE AS 'varchartypmodout';
CREATE FUNCTION kit.analyze(internal) RETURNS boolean LANGUAGE internal STRICT AS 'range_typanalyze';
CREATE TYPE "Odd ""Kit"."Odd ""type" (
  INPUT = "Odd ""Kit"."Odd ""in", OUTPUT = "Odd ""Kit"."Odd ""out", RECEIVE = kit.receive, SEND = kit.send,
  TYPMOD_IN = kit.modifier_in, TYPMOD_OUT = kit.modifier_out, ANALYZE = kit.analyze, INTERNALLENGTH = VARIABLE,
  ALIGNMENT = double, STORAGE = main, CATEGORY = 'Z', PREFERRED = true, DEFAULT = 'it''s \ a "default"', DELIMITER = ';',
  COLLATABLE = true
);
CREATE TYPE kit.number;
CREATE FUNCTION kit.number_in(cstring) RETURNS kit.number LANGUAGE internal STRICT IMMUTABLE AS 'int8in';
CREATE FUNCTION kit.number_out(kit.number) RETURNS cstring LANGUAGE internal STRICT IMMUTABLE AS 'int8out';
CREATE TYPE kit.number (INPUT = kit.number_in, OUTPUT = kit.number_out, LIKE = bigint, CATEGORY = 'N', DEFAULT = '7', DELIMITER = '''');
CREATE TYPE kit.byte;
CREATE FUNCTION kit.byte_in(cstring) RETURNS kit.byte LANGUAGE internal STRICT IMMUTABLE AS 'charin';
CREATE FUNCTION kit.byte_out(kit.byte) RETURNS cstring LANGUAGE internal STRICT IMMUTABLE AS 'charout';
CREATE TYPE kit.byte (INPUT = kit.byte_in, OUTPUT = kit.byte_out, INTERNALLENGTH = 1, PASSEDBYVALUE, ALIGNMENT = char, CATEGORY = '\');
CREATE TYPE kit.spot;
CREATE FUNCTION kit.spot_in(cstring) RETURNS kit.spot LANGUAGE internal STRICT IMMUTABLE AS 'point_in';
CREATE FUNCTION kit.spot_out(kit.spot) RETURNS cstring LANGUAGE internal STRICT IMMUTABLE AS 'point_out';
CREATE TYPE kit.spot (INPUT = kit.spot_in, OUTPUT = kit.spot_out, INTERNALLENGTH = 16, ALIGNMENT = double, ELEMENT = double precision);
CREATE TYPE kit.short;
CREATE FUNCTION kit.short_in(cstring) RETURNS kit.short LANGUAGE internal STRICT IMMUTABLE AS 'int2in';
CREATE FUNCTION kit.short_out(kit.short) RETURNS cstring LANGUAGE internal STRICT IMMUTABLE AS 'int2out';
CREATE TYPE kit.short (INPUT = kit.short_in, OUTPUT = kit.short_out, INTERNALLENGTH = 2, PASSEDBYVALUE, ALIGNMENT = int2);
ALTER TYPE kit.plain SET (STORAGE = external);
-- Functions that the server has, without any of one's own.
CREATE TYPE kit.undefined;
CREATE TYPE "Odd ""Kit"."Odd ""shell";
ALTER TYPE "Odd ""Kit"."Odd ""shell" OWNER TO maker;
COMMENT ON TYPE kit.undefined IS 'only a name';
CREATE FUNCTION kit.of_undefined(cstring) RETURNS kit.undefined LANGUAGE internal STRICT IMMUTABLE AS 'int4in';

COMMENT ON TYPE "Odd ""Kit"."Odd ""type" IS E'it''s a \\ type\nof its own';
ALTER TYPE "Odd ""Kit"."Odd ""type" OWNER TO maker;
REVOKE ALL ON TYPE kit.number FROM PUBLIC;
GRANT USAGE ON TYPE kit.number TO taker, "Odd ""Role" WITH GRANT OPTION;

-- Domains: over all kinds of types, with what comes after them

CREATE TYPE kit.mood AS ENUM ('sad', 'it''s "ok"', 'ha\ppy');
ALTER TYPE kit.mood ADD VALUE 'so so' BEFORE 'it''s "ok"';
ALTER TYPE kit.mood RENAME VALUE 'sad' TO 'Sad';
CREATE TYPE kit.none AS ENUM ();
CREATE DOMAIN kit.of_base AS kit.number DEFAULT '3' NOT NULL;
CREATE DOMAIN kit.of_odd AS "Odd ""Kit"."Odd ""type"(5) COLLATE "C" CHECK (VALUE IS NOT NULL);
CREATE DOMAIN kit.of_domain AS kit.of_base CONSTRAINT "odd ""check" CHECK (VALUE::text <> 'it''s') CONSTRAINT another CHECK (true);
-- A domain begins with its base type's default, and need not keep it.
CREATE DOMAIN kit.without AS kit.number DEFAULT NULL;
CREATE DOMAIN kit.with AS kit.number;
CREATE DOMAIN kit.with_with AS kit.with;
CREATE DOMAIN kit.dropped AS kit.of_base;
ALTER DOMAIN kit.dropped DROP DEFAULT;
CREATE DOMAIN kit.of_array AS kit.mood[] CHECK (cardinality(VALUE) < 5) DEFAULT ARRAY['Sad'::kit.mood];
CREATE DOMAIN kit.of_domains AS kit.of_array[];
CREATE DOMAIN kit.late AS text;
ALTER DOMAIN kit.late ADD CONSTRAINT later CHECK (VALUE <> '') NOT VALID;
COMMENT ON DOMAIN kit.of_array IS 'moods';
COMMENT ON CONSTRAINT "odd ""check" ON DOMAIN kit.of_domain IS 'a check';
ALTER DOMAIN kit.of_array OWNER TO maker;
GRANT USAGE ON DOMAIN kit.of_array TO taker;
REVOKE ALL ON TYPE kit.mood FROM PUBLIC;
COMMENT ON TYPE kit.mood IS 'a mood';

-- What a domain's default and check call, and what takes the domain itself
CREATE DOMAIN kit.looped AS integer;
CREATE FUNCTION kit.next_looped() RETURNS kit.looped LANGUAGE sql AS 'SELECT 1::kit.looped';
CREATE FUNCTION kit.is_good(kit.looped) RETURNS boolean LANGUAGE sql AS 'SELECT $1 > 0';
CREATE SEQUENCE kit.counter;
ALTER DOMAIN kit.looped SET DEFAULT kit.next_looped()::integer + nextval('kit.counter');
ALTER DOMAIN kit.looped ADD CONSTRAINT good CHECK (kit.is_good(VALUE::kit.looped));
CREATE TABLE kit.of_looped (a kit.looped, b kit.looped DEFAULT kit.next_looped() CHECK (kit.is_good(b)));

-- Composites

CREATE TYPE kit.pair AS (a kit.of_domain, "Odd ""b" text COLLATE "C", c "Odd ""Kit"."Odd ""type"(3)[], gone integer, d kit.number);
ALTER TYPE kit.pair DROP ATTRIBUTE gone;
ALTER TYPE kit.pair ADD ATTRIBUTE e varchar(3) COLLATE "POSIX", ALTER ATTRIBUTE d SET DATA TYPE kit.number[];
CREATE TYPE kit.empty AS ();
CREATE TYPE kit.pairs AS (pairs kit.pair[], empty kit.empty);
COMMENT ON TYPE kit.pair IS 'two, or more';
COMMENT ON COLUMN kit.pair."Odd ""b" IS 'the second';
ALTER TYPE kit.pair OWNER TO maker;
GRANT USAGE ON TYPE kit.pair TO taker;

-- Ranges: a canonical function takes the type, a difference only its subtype

CREATE TYPE kit.span;
CREATE FUNCTION kit.canonical(kit.span) RETURNS kit.span LANGUAGE internal IMMUTABLE STRICT AS 'int4range_canonical';
CREATE FUNCTION kit.difference(integer, integer) RETURNS double precision LANGUAGE sql IMMUTABLE AS 'SELECT ($1 - $2)::float8';
CREATE TYPE kit.span AS RANGE (SUBTYPE = integer, CANONICAL = kit.canonical, SUBTYPE_DIFF = kit.difference);
CREATE TYPE kit.words AS RANGE (SUBTYPE = text, SUBTYPE_OPCLASS = text_pattern_ops, COLLATION = "C");
CREATE DOMAIN kit.spans AS kit.span[] CHECK (kit.span(1, 2) <> ALL (VALUE));
CREATE TYPE kit."odd Range" AS RANGE (SUBTYPE = kit.of_looped);
CREATE TYPE kit.was AS RANGE (SUBTYPE = float8);
ALTER TYPE kit.was RENAME TO has_been;
CREATE DOMAIN kit.a_was AS kit.has_been CHECK (VALUE <> kit.was(1, 2));
COMMENT ON TYPE kit.span IS 'a range';
ALTER TYPE kit.span OWNER TO maker;
GRANT USAGE ON TYPE kit.words TO taker;

-- A type's array takes another name where its own is taken.
CREATE TYPE kit._list AS ENUM ('a');
CREATE TYPE kit.list AS ENUM ('b');
CREATE TABLE kit.rows (a kit.list[], b kit._list[], c kit.pairs, d kit.span, e kit.number DEFAULT '5', f kit.of_odd);
COMMENT ON TYPE kit.rows IS 'the row type';
REVOKE ALL ON TYPE kit.rows FROM PUBLIC;
INSERT INTO kit.rows VALUES ('{b}', '{a}', NULL, '[1,3]', DEFAULT, 'abc');

-- Casts: each method and context, between types of one's own, others', and those of rows

CREATE FUNCTION kit.to_integer(kit.number) RETURNS integer LANGUAGE internal STRICT IMMUTABLE AS 'int84';
CREATE FUNCTION kit.to_integer(kit.mood) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT 1';
CREATE FUNCTION kit.shorten(kit.number, integer, boolean) RETURNS kit.number LANGUAGE sql IMMUTABLE AS 'SELECT $1';
CREATE CAST (kit.number AS integer) WITH FUNCTION kit.to_integer(kit.number) AS IMPLICIT;
CREATE CAST (kit.mood AS integer) WITH FUNCTION kit.to_integer(kit.mood) AS ASSIGNMENT;
CREATE CAST (kit.number AS kit.number) WITH FUNCTION kit.shorten(kit.number, integer, boolean) AS IMPLICIT;
CREATE CAST (kit.number AS bigint) WITHOUT FUNCTION AS ASSIGNMENT;
CREATE CAST (bigint AS kit.number) WITHOUT FUNCTION;
CREATE CAST (point AS integer) WITH INOUT AS ASSIGNMENT;
CREATE CAST (text AS kit.plain) WITH INOUT AS IMPLICIT;
CREATE FUNCTION kit.from_row(kit.rows) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT $1.f::text';
CREATE CAST (kit.rows AS text) WITH FUNCTION kit.from_row(kit.rows) AS ASSIGNMENT;
CREATE CAST (kit.words AS kit.span) WITH INOUT;
COMMENT ON CAST (kit.number AS bigint) IS 'the same bits';
-- What is parsed with them, and would mean another thing or nothing before they are there.
CREATE DOMAIN kit.a_cast AS integer DEFAULT 'Sad'::kit.mood::integer CHECK ('9'::kit.number <> VALUE);
CREATE TABLE kit.a_casted (a integer DEFAULT '3'::kit.number, b kit.plain DEFAULT 'x'::text);
CREATE VIEW kit.a_casting AS SELECT r::text AS a, 5::bigint::kit.number AS b, '1'::kit.number + 1 AS c FROM kit.rows r;

-- A domain whose default names the domain itself.
CREATE DOMAIN of_itself AS integer CHECK (VALUE IS NULL OR VALUE > 0);
ALTER DOMAIN of_itself SET DEFAULT 7::of_itself::integer;
