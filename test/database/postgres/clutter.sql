-- One of everything that a database can hold, and all that stays in it in another state than a fresh one has it.
DO $do$
DECLARE
  role text;
BEGIN
  FOREACH role IN ARRAY ARRAY['clutterer', 'Odd "clutterer', 'bystander'] LOOP
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role) THEN EXECUTE format('CREATE ROLE %I', role); END IF;
  END LOOP;
END
$do$;

-- What stays
ALTER SCHEMA public OWNER TO clutterer;
COMMENT ON SCHEMA public IS 'ours';
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT ALL ON SCHEMA public TO bystander WITH GRANT OPTION;
SET SESSION AUTHORIZATION bystander;
GRANT USAGE ON SCHEMA public TO "Odd ""clutterer";
RESET SESSION AUTHORIZATION;
COMMENT ON EXTENSION plpgsql IS 'ours';
REVOKE ALL ON FUNCTION pg_catalog.pg_sleep(double precision) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pg_catalog.pg_ls_dir(text) TO clutterer WITH GRANT OPTION;
SET SESSION AUTHORIZATION clutterer;
GRANT EXECUTE ON FUNCTION pg_catalog.pg_ls_dir(text) TO bystander;
RESET SESSION AUTHORIZATION;
GRANT SELECT (rolname), UPDATE (rolpassword) ON pg_catalog.pg_authid TO bystander;
REVOKE USAGE ON LANGUAGE sql, plpgsql FROM PUBLIC;
REVOKE USAGE ON TYPE pg_catalog.xid8 FROM PUBLIC;
DO $do$
DECLARE
  setting text;
BEGIN
  FOREACH setting IN ARRAY ARRAY[
    'ALTER DATABASE %I SET search_path TO "Odd ""clutter"',
    'ALTER DATABASE %I SET default_transaction_read_only TO on',
    'ALTER DATABASE %I SET my_app.setting TO ''x''',
    'ALTER ROLE "Odd ""clutterer" IN DATABASE %I SET work_mem TO ''12MB''',
    'COMMENT ON DATABASE %I IS ''ours''',
    'REVOKE ALL ON DATABASE %I FROM PUBLIC',
    'GRANT CREATE ON DATABASE %I TO "Odd ""clutterer" WITH GRANT OPTION'
  ] LOOP
    EXECUTE format(setting, current_database());
  END LOOP;
  SET SESSION AUTHORIZATION "Odd ""clutterer";
  EXECUTE format('GRANT CREATE ON DATABASE %I TO bystander', current_database());
  RESET SESSION AUTHORIZATION;
END
$do$;
SET default_transaction_read_only = off;

-- Schemas, extensions, default privileges
CREATE SCHEMA "Odd ""clutter" AUTHORIZATION "Odd ""clutterer";
CREATE SCHEMA code;
CREATE EXTENSION hstore SCHEMA public;
CREATE EXTENSION citext SCHEMA "Odd ""clutter";
CREATE EXTENSION cube SCHEMA code;
CREATE EXTENSION earthdistance SCHEMA public;
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
ALTER DEFAULT PRIVILEGES FOR ROLE clutterer REVOKE ALL ON TABLES FROM clutterer;
ALTER DEFAULT PRIVILEGES FOR ROLE clutterer GRANT SELECT ON SEQUENCES TO bystander WITH GRANT OPTION;
ALTER DEFAULT PRIVILEGES FOR ROLE clutterer REVOKE USAGE ON TYPES FROM PUBLIC, clutterer;
ALTER DEFAULT PRIVILEGES FOR ROLE clutterer GRANT USAGE ON SCHEMAS TO PUBLIC;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT ALL ON TABLES TO PUBLIC, bystander;
ALTER DEFAULT PRIVILEGES IN SCHEMA "Odd ""clutter" GRANT ALL ON FUNCTIONS TO bystander;

-- Relations, types and functions that hold on to each other across schemas
CREATE TYPE public.mood AS ENUM ('sad', 'ok');
CREATE TYPE code.pair AS (a public.mood, b public.hstore);
CREATE DOMAIN public.moods AS public.mood[] CHECK (cardinality(VALUE) < 5);
CREATE TYPE public.span AS RANGE (subtype = date);
CREATE TABLE public.parent (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, m public.moods, n "Odd ""clutter".citext, s serial UNIQUE);
CREATE TABLE code.child (x code.pair, y public.span) INHERITS (public.parent);
CREATE TABLE public.part (id int, p int REFERENCES public.parent) PARTITION BY LIST (id);
CREATE TABLE "Odd ""clutter"."part ""1" PARTITION OF public.part FOR VALUES IN (1);
CREATE INDEX ON public.part (p);
INSERT INTO public.parent (m, n) VALUES ('{sad}', 'x');
CREATE VIEW public.a_view AS SELECT * FROM code.child;
CREATE VIEW code.b_view AS SELECT * FROM public.a_view;
CREATE MATERIALIZED VIEW public.stored AS SELECT count(*) FROM code.b_view;
CREATE SEQUENCE public."Odd ""sequence";
CREATE FUNCTION public.of_view(code.b_view) RETURNS public.mood LANGUAGE sql IMMUTABLE AS 'SELECT ''sad''::public.mood';
CREATE PROCEDURE public.work(INOUT a int, b public.mood DEFAULT 'ok') LANGUAGE plpgsql AS 'BEGIN END';
CREATE AGGREGATE public.total(int) (SFUNC = int4pl, STYPE = int);
CREATE AGGREGATE public.rows(*) (SFUNC = int8inc, STYPE = bigint, INITCOND = '0');
CREATE AGGREGATE public.middle(float8 ORDER BY anyelement) (SFUNC = ordered_set_transition, STYPE = internal, FINALFUNC = percentile_disc_final, FINALFUNC_EXTRA);
ALTER TABLE public.parent ADD CHECK (id > 0), ENABLE ROW LEVEL SECURITY;
CREATE POLICY everyone ON public.parent USING (true);
CREATE FUNCTION public.on_row() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER on_row BEFORE INSERT ON public.parent FOR EACH ROW EXECUTE FUNCTION public.on_row();
CREATE RULE nothing AS ON DELETE TO public.parent DO INSTEAD NOTHING;
CREATE STATISTICS public.of_parent ON id, s FROM public.parent;
CREATE TYPE public.base;
CREATE FUNCTION public.base_in(cstring) RETURNS public.base LANGUAGE internal IMMUTABLE STRICT AS 'textin';
CREATE FUNCTION public.base_out(public.base) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'textout';
CREATE TYPE public.base (INPUT = public.base_in, OUTPUT = public.base_out, LIKE = text);
CREATE TYPE public.shell;

-- Operators, access methods, casts, languages
CREATE FUNCTION public.same(public.base, public.base) RETURNS boolean LANGUAGE internal IMMUTABLE STRICT AS 'texteq';
CREATE FUNCTION public.compare(public.base, public.base) RETURNS int LANGUAGE internal IMMUTABLE STRICT AS 'bttextcmp';
CREATE OPERATOR code.=== (LEFTARG = public.base, RIGHTARG = public.base, FUNCTION = public.same, NEGATOR = OPERATOR(code.!==));
CREATE OPERATOR public.## (RIGHTARG = int, FUNCTION = int4um);
CREATE OPERATOR CLASS public.base_ops FOR TYPE public.base USING hash AS OPERATOR 1 code.===;
CREATE OPERATOR FAMILY public."Odd ""family" USING btree;
CREATE ACCESS METHOD clutter_heap TYPE TABLE HANDLER heap_tableam_handler;
CREATE FUNCTION public.index_handler(internal) RETURNS index_am_handler LANGUAGE internal AS 'bthandler';
CREATE ACCESS METHOD "Odd ""tree" TYPE INDEX HANDLER public.index_handler;
CREATE OPERATOR CLASS code.of_odd DEFAULT FOR TYPE int USING "Odd ""tree" AS OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >, FUNCTION 1 btint4cmp(int, int);
CREATE TABLE public.in_clutter (a int) USING clutter_heap;
CREATE CAST (public.mood AS int) WITH INOUT;
CREATE FUNCTION public.hash_of(text) RETURNS bigint LANGUAGE sql IMMUTABLE AS 'SELECT length($1)::bigint';
CREATE CAST (text AS bigint) WITH FUNCTION public.hash_of(text);
CREATE FUNCTION public.call_handler() RETURNS language_handler LANGUAGE c AS '$libdir/plpgsql', 'plpgsql_call_handler';
CREATE LANGUAGE "Odd ""language" HANDLER public.call_handler;
CREATE LANGUAGE clutter_language HANDLER pg_catalog.plpgsql_call_handler;
CREATE FUNCTION public.in_other() RETURNS void LANGUAGE "Odd ""language" AS 'BEGIN END';
CREATE FUNCTION public.from_sql(internal) RETURNS internal LANGUAGE internal STRICT IMMUTABLE AS 'int4recv';
CREATE TRANSFORM FOR public.mood LANGUAGE clutter_language (FROM SQL WITH FUNCTION public.from_sql(internal));
CREATE TRANSFORM FOR int LANGUAGE "Odd ""language" (FROM SQL WITH FUNCTION public.from_sql(internal));

-- What is the server's own on both sides, but for the link
ALTER OPERATOR FAMILY pg_catalog.datetime_ops USING btree
  ADD OPERATOR 1 pg_catalog.<(time, time), FUNCTION 1 (time, time) pg_catalog.time_cmp(time, time);

-- Text search, collations, conversions, foreign data
CREATE COLLATION public.c (locale = 'C');
CREATE CONVERSION public.utf8_latin1 FOR 'UTF8' TO 'LATIN1' FROM utf8_to_iso8859_1;
CREATE TEXT SEARCH TEMPLATE public.plain (LEXIZE = dsimple_lexize, INIT = dsimple_init);
CREATE TEXT SEARCH PARSER public.words (START = prsd_start, GETTOKEN = prsd_nexttoken, END = prsd_end, LEXTYPES = prsd_lextype);
CREATE TEXT SEARCH DICTIONARY public.dict (TEMPLATE = public.plain);
CREATE TEXT SEARCH CONFIGURATION public.config (PARSER = public.words);
ALTER TEXT SEARCH CONFIGURATION public.config ADD MAPPING FOR asciiword WITH public.dict;
CREATE FOREIGN DATA WRAPPER "Odd ""wrapper";
CREATE SERVER "Odd ""server" FOREIGN DATA WRAPPER "Odd ""wrapper";
CREATE USER MAPPING FOR PUBLIC SERVER "Odd ""server";
CREATE FOREIGN TABLE public.far (a int) SERVER "Odd ""server";

-- Large objects, publications, event triggers, subscriptions without a slot
SELECT lo_from_bytea(0, 'x'), lo_from_bytea(0, 'y');
CREATE PUBLICATION of_all FOR ALL TABLES;
CREATE PUBLICATION "Odd ""publication" FOR TABLE public.parent;
CREATE SUBSCRIPTION "Odd ""subscription" CONNECTION 'host=127.0.0.1 port=1 dbname=x' PUBLICATION x WITH (connect = false, slot_name = NONE);
CREATE FUNCTION public.on_command() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN RAISE ''nothing may be dropped here''; END';
CREATE EVENT TRIGGER guard ON sql_drop EXECUTE FUNCTION public.on_command();
CREATE EVENT TRIGGER "Odd ""guard" ON ddl_command_start EXECUTE FUNCTION public.on_command();
