-- NULLS NOT DISTINCT, unlogged sequences, foreign keys that set some columns, and grants on parameters aside.
DO $do$
DECLARE
  role text;
BEGIN
  FOREACH role IN ARRAY ARRAY['keeper', 'reader'] LOOP
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role) THEN EXECUTE format('CREATE ROLE %I', role); END IF;
  END LOOP;
END
$do$;
CREATE SCHEMA t;
ALTER SCHEMA public OWNER TO keeper;
GRANT CREATE ON SCHEMA public TO reader;
COMMENT ON SCHEMA public IS NULL;
CREATE UNLOGGED SEQUENCE t.fast START 3;
CREATE UNLOGGED TABLE t.unlogged (id serial, big bigint GENERATED ALWAYS AS IDENTITY);
ALTER SEQUENCE t.unlogged_big_seq SET LOGGED;
CREATE TABLE t.logged (id bigint GENERATED ALWAYS AS IDENTITY);
ALTER SEQUENCE t.logged_id_seq SET UNLOGGED;
CREATE TABLE t.one (a integer, b integer, CONSTRAINT alike UNIQUE NULLS NOT DISTINCT (a) INCLUDE (b) WITH (fillfactor = 90) DEFERRABLE, UNIQUE (a, b));
CREATE UNIQUE INDEX by_index ON t.one (b) NULLS NOT DISTINCT WITH (fillfactor = 70) WHERE b > 0;
CREATE TABLE t.two (a integer, b integer, FOREIGN KEY (a, b) REFERENCES t.one (a, b) ON DELETE SET NULL (b));
