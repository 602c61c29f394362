-- Objects of the server's own that were given to other roles, and privileges on types whose names are keywords.
DO $do$
DECLARE
  role text;
BEGIN
  FOREACH role IN ARRAY ARRAY['own_w1', 'own w2'] LOOP
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role) THEN EXECUTE format('CREATE ROLE %I', role); END IF;
  END LOOP;
END
$do$;
ALTER FUNCTION pg_catalog.pg_stat_reset() OWNER TO own_w1;
GRANT EXECUTE ON FUNCTION pg_catalog.pg_stat_reset() TO "own w2";
ALTER FUNCTION pg_catalog.pg_sleep(float8) OWNER TO own_w1;
ALTER AGGREGATE pg_catalog.count(*) OWNER TO own_w1;
ALTER TYPE pg_catalog.int4 OWNER TO own_w1;
ALTER DOMAIN information_schema.cardinal_number OWNER TO own_w1;
ALTER VIEW pg_catalog.pg_stat_activity OWNER TO own_w1;
ALTER VIEW information_schema.tables OWNER TO "own w2";
ALTER SCHEMA information_schema OWNER TO own_w1;
ALTER SCHEMA pg_catalog OWNER TO own_w1;
ALTER LANGUAGE plpgsql OWNER TO own_w1;
ALTER LANGUAGE sql OWNER TO own_w1;
ALTER OPERATOR pg_catalog.= (int4,int4) OWNER TO own_w1;
ALTER OPERATOR CLASS pg_catalog.int4_ops USING btree OWNER TO own_w1;
ALTER OPERATOR FAMILY pg_catalog.integer_ops USING btree OWNER TO own_w1;
ALTER TEXT SEARCH DICTIONARY pg_catalog.simple OWNER TO own_w1;
ALTER TEXT SEARCH CONFIGURATION pg_catalog.simple OWNER TO own_w1;
ALTER CONVERSION pg_catalog.utf8_to_iso_8859_1 OWNER TO own_w1;
ALTER COLLATION pg_catalog."C" OWNER TO own_w1;
REVOKE USAGE ON TYPE pg_catalog.timestamptz, pg_catalog."char" FROM PUBLIC;
GRANT USAGE ON TYPE pg_catalog.int8 TO own_w1;
