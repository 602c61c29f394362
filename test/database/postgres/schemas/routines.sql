-- Functions, languages and transforms beyond those of code.sql.
DO $do$
DECLARE
  role text;
BEGIN
  FOREACH role IN ARRAY ARRAY['maker', 'taker'] LOOP
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role) THEN EXECUTE format('CREATE ROLE %I', role); END IF;
  END LOOP;
END
$do$;
CREATE SCHEMA a;
CREATE SCHEMA z;

-- Languages, with handlers of one's own or the server's; what is written in them, and their transforms

CREATE FUNCTION z.handler() RETURNS language_handler LANGUAGE c AS '$libdir/plpgsql', 'plpgsql_call_handler';
CREATE FUNCTION z.inline(internal) RETURNS void LANGUAGE c STRICT AS '$libdir/plpgsql', 'plpgsql_inline_handler';
CREATE FUNCTION z.validator(oid) RETURNS void LANGUAGE c STRICT AS '$libdir/plpgsql', 'plpgsql_validator';
CREATE TRUSTED LANGUAGE "Odd ""language" HANDLER z.handler INLINE z.inline VALIDATOR z.validator;
CREATE LANGUAGE bare HANDLER z.handler;
CREATE TRUSTED LANGUAGE a_language HANDLER pg_catalog.plpgsql_call_handler INLINE pg_catalog.plpgsql_inline_handler;
COMMENT ON LANGUAGE "Odd ""language" IS 'it''s odd';
ALTER LANGUAGE "Odd ""language" OWNER TO maker;
REVOKE USAGE ON LANGUAGE "Odd ""language" FROM PUBLIC;
GRANT USAGE ON LANGUAGE "Odd ""language" TO taker WITH GRANT OPTION;
CREATE FUNCTION a.in_odd(integer) RETURNS integer LANGUAGE "Odd ""language" AS 'BEGIN RETURN $1; END';
CREATE PROCEDURE a.in_bare() LANGUAGE bare AS 'BEGIN END';
CREATE TYPE z.mood AS ENUM ('a');
CREATE FUNCTION z.from_sql(internal) RETURNS internal LANGUAGE internal STRICT IMMUTABLE AS 'int4recv';
CREATE FUNCTION z.to_mood(internal) RETURNS z.mood LANGUAGE internal STRICT IMMUTABLE AS 'int4recv';
CREATE FUNCTION z.to_integer(internal) RETURNS integer LANGUAGE internal STRICT IMMUTABLE AS 'int4recv';
CREATE TRANSFORM FOR z.mood LANGUAGE "Odd ""language" (FROM SQL WITH FUNCTION z.from_sql(internal), TO SQL WITH FUNCTION z.to_mood(internal));
CREATE TRANSFORM FOR integer LANGUAGE bare (FROM SQL WITH FUNCTION z.from_sql(internal));
CREATE TRANSFORM FOR integer LANGUAGE a_language (TO SQL WITH FUNCTION z.to_integer(internal));
COMMENT ON TRANSFORM FOR z.mood LANGUAGE "Odd ""language" IS 'moods';
CREATE FUNCTION a.transformed(z.mood) RETURNS void LANGUAGE "Odd ""language" TRANSFORM FOR TYPE z.mood AS 'BEGIN END';
CREATE FUNCTION a.transformed(x integer[]) RETURNS z.mood LANGUAGE a_language TRANSFORM FOR TYPE integer AS 'BEGIN END';
GRANT USAGE ON LANGUAGE plpgsql TO taker;
REVOKE USAGE ON LANGUAGE sql FROM PUBLIC;

-- Arguments of every mode, defaults that call other functions, tables and rows as types, results of every kind

CREATE FUNCTION z.base() RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT 5';
CREATE FUNCTION a.uses_base(x integer DEFAULT z.base() + 1, VARIADIC rest text[] DEFAULT ARRAY['it''s', NULL, '\']) RETURNS integer
  LANGUAGE sql AS 'SELECT $1';
CREATE FUNCTION a.on_uses_base(x integer DEFAULT a.uses_base(), y integer DEFAULT a.uses_base(2, 'a', 'b')) RETURNS SETOF integer
  LANGUAGE sql ROWS 1 AS 'SELECT $1';
CREATE FUNCTION a.any(anyelement, VARIADIC "any") RETURNS anyarray LANGUAGE internal AS 'array_append';
CREATE FUNCTION a.table(IN a integer, x anyelement) RETURNS TABLE (b anyelement, "Odd ""c" z.mood[], d record)
  LANGUAGE sql AS 'SELECT x, NULL::z.mood[], NULL::record';
CREATE FUNCTION a.outs(OUT "select" integer, INOUT b z.mood DEFAULT 'a', OUT c text) LANGUAGE sql AS 'SELECT 1, $1, ''''';
CREATE FUNCTION a.zero_rows() RETURNS SETOF integer LANGUAGE sql COST 1e-7 ROWS 1e10 AS 'SELECT 1';
CREATE FUNCTION a.of_internal(integer) RETURNS integer LANGUAGE internal STRICT COST 100 AS 'int4um';
CREATE FUNCTION z.support(internal) RETURNS internal LANGUAGE internal AS 'textlike_support';
CREATE FUNCTION a.supported(text, text) RETURNS boolean LANGUAGE internal IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE
  SUPPORT z.support AS 'textlike';
CREATE FUNCTION a.of_library() RETURNS trigger LANGUAGE c COST 7 AS '$libdir/plpgsql', 'plpgsql_call_handler';
CREATE FUNCTION a.window(anyelement) RETURNS anyelement LANGUAGE internal WINDOW AS 'window_lag';
CREATE PROCEDURE a.procedure(IN a integer, INOUT b text, VARIADIC c integer[]) LANGUAGE sql SECURITY DEFINER
  SET search_path TO a, z SET work_mem TO '3MB' AS 'SELECT ''x''::text';
ALTER ROUTINE a.procedure OWNER TO maker;
GRANT EXECUTE ON PROCEDURE a.procedure TO taker;
CREATE FUNCTION a.overloaded(x integer) RETURNS integer LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION a.overloaded(x z.mood) RETURNS integer LANGUAGE sql AS 'SELECT 2';
CREATE FUNCTION z.overloaded(x integer) RETURNS integer LANGUAGE sql AS 'SELECT 3';

-- Loops: of a table's row, defaults, checks, generated columns, a domain and a view with what they call

CREATE TABLE a.loop (id integer, name text, CHECK (id > 0));
CREATE FUNCTION a.of_loop(a.loop) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT $1.name';
CREATE FUNCTION a.of_loops(a.loop[] DEFAULT '{}') RETURNS SETOF a.loop LANGUAGE sql IMMUTABLE AS 'SELECT unnest($1)';
ALTER TABLE a.loop ADD COLUMN other text DEFAULT a.of_loop(NULL::a.loop);
ALTER TABLE a.loop ADD CHECK (a.of_loop(loop) <> ''), ALTER COLUMN name SET DEFAULT a.of_loop(NULL);
CREATE DOMAIN a.looped AS a.loop CHECK (a.of_loop(VALUE) <> '');
CREATE FUNCTION a.of_looped(a.looped DEFAULT NULL) RETURNS a.looped LANGUAGE sql AS 'SELECT $1';
ALTER DOMAIN a.looped SET DEFAULT a.of_looped();
CREATE VIEW a.looping AS SELECT l, a.of_loop(l) AS name FROM a.loop l;
CREATE FUNCTION a.of_looping(a.looping) RETURNS a.looping LANGUAGE sql IMMUTABLE AS 'SELECT $1';
CREATE OR REPLACE VIEW a.looping AS SELECT l, (a.of_looping(NULL)).name FROM a.loop l;
INSERT INTO a.loop (id, name) VALUES (1, 'a'), (2, 'b');
