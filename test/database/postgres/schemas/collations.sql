-- Collations and conversions.
DO $do$
DECLARE
  role text;
BEGIN
  FOREACH role IN ARRAY ARRAY['maker'] LOOP
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role) THEN EXECUTE format('CREATE ROLE %I', role); END IF;
  END LOOP;
END
$do$;
CREATE SCHEMA text;
CREATE SCHEMA "Odd ""Text";
CREATE COLLATION text.c (LOCALE = 'C');
CREATE COLLATION text.libc (PROVIDER = libc, LC_COLLATE = 'C', LC_CTYPE = 'C.utf8');
CREATE COLLATION text.german (PROVIDER = icu, LOCALE = 'de-u-co-phonebk');
CREATE COLLATION "Odd ""Text"."Odd ""collation" (PROVIDER = icu, LOCALE = 'und-u-ks-level2', DETERMINISTIC = false);
CREATE COLLATION text.copy FROM "C";
CREATE COLLATION text.icu_copy FROM "de-x-icu";
COMMENT ON COLLATION "Odd ""Text"."Odd ""collation" IS 'it''s "equal"';
ALTER COLLATION text.german OWNER TO maker;
CREATE DOMAIN text.a_name AS text COLLATE "Odd ""Text"."Odd ""collation" CHECK (VALUE <> 'x' COLLATE text.german);
CREATE TYPE text.a_pair AS (a text COLLATE text.german);
CREATE TYPE text.a_range AS RANGE (SUBTYPE = text, COLLATION = text.c);
CREATE TABLE text.a (a text.a_name PRIMARY KEY, b text COLLATE text.german, c text DEFAULT ('a' COLLATE text.libc));
INSERT INTO text.a VALUES ('Anna', 'ä'), ('otto', 'z');
CREATE INDEX ON text.a (b COLLATE text.c);
CREATE VIEW text.a_view AS SELECT a FROM text.a ORDER BY b COLLATE text.icu_copy;

CREATE CONVERSION text.to_latin1 FOR 'UTF8' TO 'LATIN1' FROM utf8_to_iso8859_1;
CREATE DEFAULT CONVERSION "Odd ""Text"."Odd ""conversion" FOR 'LATIN1' TO 'UTF8' FROM pg_catalog.iso8859_1_to_utf8;
COMMENT ON CONVERSION "Odd ""Text"."Odd ""conversion" IS 'from Latin';
ALTER CONVERSION text.to_latin1 OWNER TO maker;
CREATE DEFAULT CONVERSION text.default_one FOR 'KOI8R' TO 'WIN1251' FROM koi8r_to_win1251;
