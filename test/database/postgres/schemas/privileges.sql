-- Privileges: default ones for all kinds of objects, objects made under them, chains of grantors, revoked rights.
DO $do$
DECLARE
  role text;
BEGIN
  FOREACH role IN ARRAY ARRAY['priv_owner', 'priv_a', 'priv "b', 'priv_c'] LOOP
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role) THEN EXECUTE format('CREATE ROLE %I', role); END IF;
  END LOOP;
END
$do$;

-- Default privileges, then objects made under them
CREATE SCHEMA before AUTHORIZATION priv_owner;
ALTER DEFAULT PRIVILEGES FOR ROLE priv_owner GRANT SELECT ON TABLES TO PUBLIC;
ALTER DEFAULT PRIVILEGES FOR ROLE priv_owner GRANT INSERT, SELECT ON TABLES TO priv_a WITH GRANT OPTION;
ALTER DEFAULT PRIVILEGES FOR ROLE priv_owner REVOKE DELETE ON TABLES FROM priv_owner;
ALTER DEFAULT PRIVILEGES FOR ROLE priv_owner GRANT USAGE ON SEQUENCES TO "priv ""b";
ALTER DEFAULT PRIVILEGES FOR ROLE priv_owner REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
ALTER DEFAULT PRIVILEGES FOR ROLE priv_owner GRANT EXECUTE ON ROUTINES TO priv_c;
ALTER DEFAULT PRIVILEGES FOR ROLE priv_owner REVOKE USAGE ON TYPES FROM PUBLIC;
ALTER DEFAULT PRIVILEGES FOR ROLE priv_owner GRANT USAGE ON TYPES TO priv_a WITH GRANT OPTION;
ALTER DEFAULT PRIVILEGES FOR ROLE priv_owner GRANT ALL ON SCHEMAS TO priv_a;
ALTER DEFAULT PRIVILEGES FOR ROLE priv_owner REVOKE CREATE ON SCHEMAS FROM priv_owner;
ALTER DEFAULT PRIVILEGES FOR ROLE priv_owner IN SCHEMA before GRANT UPDATE ON TABLES TO priv_c, PUBLIC;
ALTER DEFAULT PRIVILEGES FOR ROLE priv_owner IN SCHEMA before GRANT ALL ON SEQUENCES TO priv_c WITH GRANT OPTION;
ALTER DEFAULT PRIVILEGES FOR ROLE priv_owner IN SCHEMA before GRANT EXECUTE ON FUNCTIONS TO PUBLIC;
ALTER DEFAULT PRIVILEGES FOR ROLE priv_owner IN SCHEMA before GRANT USAGE ON TYPES TO "priv ""b";
ALTER DEFAULT PRIVILEGES FOR ROLE priv_a REVOKE ALL ON TABLES FROM priv_a;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO priv_a;
ALTER DEFAULT PRIVILEGES GRANT REFERENCES ON TABLES TO priv_c;
DO $do$ BEGIN EXECUTE format('GRANT CREATE ON DATABASE %I TO priv_owner', current_database()); END $do$;
GRANT CREATE ON SCHEMA public TO priv_owner;

SET SESSION AUTHORIZATION priv_owner;
CREATE SCHEMA under;
GRANT CREATE ON SCHEMA under TO priv_owner;
CREATE TABLE before.t (id serial, a text);
CREATE VIEW before.v AS SELECT 1 AS a;
CREATE SEQUENCE before.s;
CREATE FUNCTION before.f() RETURNS integer LANGUAGE sql AS 'SELECT 1';
CREATE PROCEDURE before.p() LANGUAGE sql AS 'SELECT 1';
CREATE AGGREGATE before.total(integer) (SFUNC = int4pl, STYPE = integer);
CREATE TYPE before.e AS ENUM ('x');
CREATE DOMAIN before.d AS integer;
CREATE TYPE before.c AS (a integer);
CREATE TYPE before.r AS RANGE (SUBTYPE = date);
CREATE TABLE under.t (id bigint GENERATED ALWAYS AS IDENTITY, a text);
CREATE TYPE under.e AS ENUM ('x');
CREATE FUNCTION under.f() RETURNS integer LANGUAGE sql AS 'SELECT 1';
RESET SESSION AUTHORIZATION;
CREATE TABLE public.by_postgres (a integer);
CREATE TABLE public.plain (a integer);
REVOKE ALL ON public.plain FROM PUBLIC, priv_a, priv_c, CURRENT_USER;

-- Chains of grantors, on objects and on columns
GRANT USAGE ON SCHEMA before TO PUBLIC;
CREATE TABLE before.chained (a integer, "b ""c" text, c integer);
ALTER TABLE before.chained OWNER TO priv_owner;
GRANT ALL ON before.chained TO priv_a WITH GRANT OPTION;
GRANT SELECT, UPDATE ON before.chained TO priv_owner;
GRANT SELECT (a), UPDATE ("b ""c"), REFERENCES (c) ON before.chained TO priv_a WITH GRANT OPTION;
SET SESSION AUTHORIZATION priv_a;
GRANT SELECT, INSERT ON before.chained TO "priv ""b" WITH GRANT OPTION;
GRANT SELECT (a) ON before.chained TO "priv ""b" WITH GRANT OPTION;
GRANT INSERT (a) ON before.chained TO "priv ""b";
SET SESSION AUTHORIZATION "priv ""b";
GRANT SELECT ON before.chained TO priv_c, PUBLIC;
GRANT SELECT (a) ON before.chained TO priv_c;
RESET SESSION AUTHORIZATION;
GRANT EXECUTE ON FUNCTION before.f() TO priv_a WITH GRANT OPTION;
SET SESSION AUTHORIZATION priv_a;
GRANT EXECUTE ON FUNCTION before.f() TO "priv ""b";
RESET SESSION AUTHORIZATION;

-- A grantee who got the right to grant from a second grantor, after the first one's was taken back
CREATE TABLE before.crossed (a integer);
GRANT SELECT ON before.crossed TO priv_a, priv_c WITH GRANT OPTION;
SET SESSION AUTHORIZATION priv_a;
GRANT SELECT ON before.crossed TO "priv ""b" WITH GRANT OPTION;
SET SESSION AUTHORIZATION "priv ""b";
GRANT SELECT ON before.crossed TO PUBLIC;
SET SESSION AUTHORIZATION priv_c;
GRANT SELECT ON before.crossed TO "priv ""b" WITH GRANT OPTION;
SET SESSION AUTHORIZATION priv_a;
REVOKE SELECT ON before.crossed FROM "priv ""b";
RESET SESSION AUTHORIZATION;

-- Schemas: of owners with and without all their rights
CREATE SCHEMA limited AUTHORIZATION priv_owner;
CREATE TABLE limited.t (a integer);
ALTER TABLE limited.t OWNER TO priv_owner;
REVOKE CREATE ON SCHEMA limited FROM priv_owner;
GRANT USAGE ON SCHEMA limited TO priv_a WITH GRANT OPTION;
CREATE SCHEMA closed;
REVOKE ALL ON SCHEMA closed FROM CURRENT_USER;
CREATE SCHEMA shared AUTHORIZATION priv_owner;
GRANT CREATE, USAGE ON SCHEMA shared TO priv_a WITH GRANT OPTION;
SET SESSION AUTHORIZATION priv_a;
GRANT CREATE ON SCHEMA shared TO priv_c;
CREATE TABLE shared.of_a (a integer);
RESET SESSION AUTHORIZATION;

-- Languages, types and functions of the server, members of extensions
CREATE EXTENSION hstore SCHEMA before;
REVOKE USAGE ON LANGUAGE plpgsql FROM PUBLIC;
GRANT USAGE ON LANGUAGE sql TO priv_a WITH GRANT OPTION;
REVOKE USAGE ON TYPE pg_catalog.int4range FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION pg_catalog.pg_sleep(double precision) FROM PUBLIC;
GRANT SELECT ON pg_catalog.pg_authid TO priv_a;
GRANT SELECT (rolname), UPDATE (rolpassword) ON pg_catalog.pg_authid TO priv_c;
REVOKE SELECT ON pg_catalog.pg_tables FROM PUBLIC;
GRANT USAGE ON SCHEMA pg_catalog TO priv_c;
REVOKE EXECUTE ON FUNCTION before.akeys(before.hstore) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION before.akeys(before.hstore) TO priv_a WITH GRANT OPTION;
REVOKE USAGE ON TYPE before.hstore FROM PUBLIC;

-- The database
DO $do$
BEGIN
  EXECUTE format('ALTER DATABASE %I CONNECTION LIMIT 17', current_database());
  EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database());
  EXECUTE format('GRANT CONNECT ON DATABASE %I TO priv_a WITH GRANT OPTION', current_database());
  EXECUTE format('ALTER ROLE priv_a IN DATABASE %I SET work_mem TO ''5MB''', current_database());
END
$do$;
