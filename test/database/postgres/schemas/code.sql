-- Functions, views, triggers, rules, policies, default privileges and settings, as odd as servers from 13 on allow.
DO $do$
BEGIN
  CREATE ROLE clerk;
  CREATE ROLE auditor;
  CREATE ROLE "Odd ""Role";
EXCEPTION WHEN duplicate_object THEN
END
$do$;

CREATE SCHEMA code;
CREATE SCHEMA "Odd ""Schema%I";

CREATE TABLE code.customer (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text NOT NULL,
  country text COLLATE "C",
  owner_role name DEFAULT current_user,
  created timestamp with time zone
);
CREATE TABLE code.invoice (
  id bigint PRIMARY KEY,
  customer_id integer REFERENCES code.customer (id) DEFERRABLE,
  amount numeric(12, 2),
  tags text[]
);
CREATE TABLE code.short (id integer, name varchar(5), code character(2));
CREATE TABLE code.log (at timestamptz, what text, detail jsonb);

INSERT INTO code.customer (name, country, created) VALUES
  ('Åsa', 'se', '2020-02-29 12:00+00'), ('tab	and \ and NULL', NULL, 'infinity'), ('😀', 'de', NULL);
INSERT INTO code.invoice VALUES (1, 1, 10.50, '{a,"b c"}'), (2, 1, NULL, NULL), (3, 3, 'NaN', '{}');

-- Functions

CREATE FUNCTION code.plain(integer) RETURNS integer LANGUAGE sql AS 'SELECT $1';
CREATE FUNCTION code.arguments(
  IN first integer, INOUT second text DEFAULT 'it''s', OUT third numeric(10, 2), VARIADIC rest code.invoice[] DEFAULT '{}'
) LANGUAGE plpgsql AS $$ BEGIN third := 1; END $$;
CREATE FUNCTION code.returns_table(integer DEFAULT 1, OUT a integer, OUT "B c" text) RETURNS SETOF record
  LANGUAGE sql STABLE ROWS 7 COST 0.3333333 AS $$ SELECT 1, 'x' $$;
CREATE FUNCTION code.attributes(a integer, b integer) RETURNS SETOF integer
  LANGUAGE sql IMMUTABLE STRICT LEAKPROOF SECURITY DEFINER PARALLEL SAFE ROWS 123456789 COST 12345.678 AS 'SELECT $1';
CREATE FUNCTION code.restricted() RETURNS void LANGUAGE sql VOLATILE PARALLEL RESTRICTED AS '';
CREATE FUNCTION code.quoting() RETURNS text LANGUAGE sql AS
  'SELECT ''$$ $_$ $__$ \ %I %%'' || $a$ \. $a$ -- ends in a dollar: $';
CREATE FUNCTION code.crlf() RETURNS text LANGUAGE sql AS E'SELECT\r\n  ''\u00e9\t😀'' \r\n';
CREATE FUNCTION "Odd ""Schema%I"."Odd (name"("Odd arg" "char", "select" code.customer) RETURNS code.customer[]
  LANGUAGE sql AS 'SELECT ARRAY[$2]';
CREATE FUNCTION code.listing(text) RETURNS boolean LANGUAGE sql AS
  $$ SELECT $1 = ANY ((ARRAY['x'::character varying])::text[]) $$;
CREATE FUNCTION code.overloaded() RETURNS integer LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION code.overloaded(text) RETURNS integer LANGUAGE sql AS 'SELECT 2';
CREATE FUNCTION code.settings() RETURNS void LANGUAGE sql
  SET search_path TO "$user", public, "Odd ""Schema%I", 'a, b'
  SET "TimeZone" TO 'Europe/Berlin'
  SET datestyle TO german, dmy
  SET work_mem TO '10MB'
  SET my_app.setting TO 'it''s \ odd, "very"'
  SET temp_tablespaces TO ''
  SET default_text_search_config TO 'pg_catalog.simple'
  AS '';
CREATE FUNCTION code.one_empty_path() RETURNS void LANGUAGE sql SET search_path TO '' AS '';
SELECT set_config('search_path', '', false);
CREATE FUNCTION code.no_path(x integer DEFAULT 3) RETURNS void LANGUAGE sql
  SET work_mem TO '11MB' SET search_path FROM CURRENT SET enable_seqscan TO off AS '';
RESET search_path;
CREATE FUNCTION code.of_internal(double precision) RETURNS double precision LANGUAGE internal STRICT IMMUTABLE AS 'dsqrt';
CREATE FUNCTION code.of_c() RETURNS trigger LANGUAGE c AS '$libdir/refint', 'check_primary_key';
CREATE FUNCTION code.window_rank() RETURNS bigint LANGUAGE internal WINDOW AS 'window_rank';
CREATE FUNCTION code.supported(integer, integer) RETURNS SETOF integer LANGUAGE internal STRICT IMMUTABLE
  SUPPORT generate_series_int4_support AS 'generate_series_int4';
CREATE FUNCTION code.polymorphic(anyelement, anyarray) RETURNS anyelement LANGUAGE sql AS 'SELECT $1';
CREATE FUNCTION code.casts(x interval DAY TO SECOND(3), y bit varying(5)[]) RETURNS timestamp(3) LANGUAGE sql AS
  $$ SELECT NULL::timestamp $$;
CREATE FUNCTION code.column_type(x code.customer.name%TYPE) RETURNS code.invoice.amount%TYPE LANGUAGE sql AS 'SELECT 1.0';
CREATE PROCEDURE code.move(INOUT counter integer, step integer DEFAULT 1) LANGUAGE plpgsql SECURITY DEFINER
  SET search_path TO code, pg_temp AS $$ BEGIN counter := counter + step; COMMIT; END $$;
COMMENT ON PROCEDURE code.move(INOUT integer, integer) IS 'moves';
COMMENT ON FUNCTION code.overloaded(text) IS E'a comment\nof two lines with '' and \\';
COMMENT ON FUNCTION code.overloaded() IS '';
ALTER FUNCTION code.attributes(integer, integer) OWNER TO clerk;
REVOKE ALL ON FUNCTION code.plain(integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION code.plain(integer) TO "Odd ""Role", clerk WITH GRANT OPTION;
GRANT EXECUTE ON PROCEDURE code.move(INOUT integer, integer) TO clerk;

CREATE EXTENSION pg_trgm SCHEMA code;
ALTER FUNCTION code.restricted() DEPENDS ON EXTENSION pg_trgm;
REVOKE ALL ON FUNCTION code.similarity(text, text) FROM PUBLIC;

-- Aggregates

CREATE AGGREGATE code.total(numeric) (SFUNC = numeric_add, STYPE = numeric, INITCOND = '0', COMBINEFUNC = numeric_add,
  PARALLEL = SAFE, SSPACE = 64);
CREATE AGGREGATE code.rows(*) (SFUNC = int8inc, STYPE = bigint, INITCOND = '0');
CREATE AGGREGATE code.average(integer) (
  SFUNC = int4_avg_accum, STYPE = bigint[], FINALFUNC = int8_avg, COMBINEFUNC = int4_avg_combine, INITCOND = '{0,0}',
  MSFUNC = int4_avg_accum, MINVFUNC = int4_avg_accum_inv, MSTYPE = bigint[], MFINALFUNC = int8_avg, MINITCOND = '{0,0}',
  MSSPACE = 32, FINALFUNC_MODIFY = READ_WRITE, MFINALFUNC_MODIFY = SHAREABLE
);
CREATE AGGREGATE code.serialized(numeric) (SFUNC = numeric_avg_accum, STYPE = internal, FINALFUNC = numeric_avg,
  COMBINEFUNC = numeric_avg_combine, SERIALFUNC = numeric_avg_serialize, DESERIALFUNC = numeric_avg_deserialize,
  PARALLEL = RESTRICTED);
CREATE AGGREGATE code.largest(integer) (SFUNC = int4larger, STYPE = integer, SORTOP = OPERATOR(pg_catalog.>));
CREATE AGGREGATE code.percentile(double precision ORDER BY anyelement) (SFUNC = ordered_set_transition, STYPE = internal,
  FINALFUNC = percentile_disc_final, FINALFUNC_EXTRA);
CREATE AGGREGATE code.hypothetical_rank(VARIADIC "any" ORDER BY VARIADIC "any") (SFUNC = ordered_set_transition_multi,
  STYPE = internal, FINALFUNC = rank_final, FINALFUNC_EXTRA, HYPOTHETICAL);
COMMENT ON AGGREGATE code.rows(*) IS 'counts';
COMMENT ON AGGREGATE code.percentile(double precision ORDER BY anyelement) IS 'a part';
ALTER AGGREGATE code.rows(*) OWNER TO clerk;
ALTER AGGREGATE code.percentile(double precision ORDER BY anyelement) OWNER TO clerk;
GRANT EXECUTE ON FUNCTION code.total(numeric) TO auditor;

-- Views

CREATE VIEW code.simple AS SELECT id, name AS "Name", country FROM code.customer WHERE country IS NOT NULL;
CREATE VIEW code.barrier WITH (security_barrier = true) AS
  SELECT * FROM code.customer WHERE name <> '' WITH LOCAL CHECK OPTION;
CREATE VIEW code.cascaded AS SELECT * FROM code.barrier WHERE id > 0 WITH CASCADED CHECK OPTION;
ALTER VIEW code.cascaded ALTER COLUMN name SET DEFAULT 'unnamed';
ALTER VIEW code.cascaded ALTER COLUMN created SET DEFAULT '2020-01-01 00:00+00'::timestamptz;
CREATE VIEW code.renamed AS VALUES (1, 'one'), (2, 'two');
ALTER VIEW code.renamed RENAME COLUMN column1 TO "number of";
ALTER VIEW code.renamed RENAME COLUMN column2 TO "AS ""x"", y";
CREATE MATERIALIZED VIEW code.renamed_values AS VALUES ('a (b'' "*VALUES*"');
ALTER MATERIALIZED VIEW code.renamed_values RENAME COLUMN column1 TO a;
CREATE VIEW code.no_fixpoint AS SELECT id FROM code.short
  WHERE name IN ('a', 'it''s', '') AND name NOT IN ('b', 'c') AND name <> 'ANY ((ARRAY[''''::character varying])::text[])'
    AND name LIKE ANY (ARRAY['a%'::varchar(3), E'\\']) AND code IN ('x', 'y');
CREATE VIEW code.renamed_union AS SELECT 1 AS a UNION ALL SELECT 2 ORDER BY 1 LIMIT 5;
ALTER VIEW code.renamed_union RENAME COLUMN a TO b;
CREATE VIEW code.recursive (n, "path") AS
  WITH RECURSIVE walk(n, path) AS (SELECT 1, ARRAY[1] UNION ALL SELECT n + 1, path || n FROM walk WHERE n < 5) TABLE walk;
CREATE VIEW code.no_columns AS SELECT;
CREATE VIEW code.unnamed AS SELECT 1, 'x'::text COLLATE "C", 2 AS "select";
CREATE VIEW code.by_key AS
  SELECT c.id, c.name, c.country, count(i.id) AS invoices, sum(i.amount) AS amount
  FROM code.customer c LEFT JOIN code.invoice i ON i.customer_id = c.id GROUP BY c.id;
CREATE VIEW code.on_by_key AS SELECT * FROM code.by_key WHERE invoices > 0;
CREATE VIEW code.uses_function AS SELECT p.*, code.plain(id) AS plain FROM code.customer p, LATERAL code.returns_table(p.id);
CREATE VIEW code.looped AS SELECT 1 AS a, 'x'::character varying(7) COLLATE "C" AS b;
CREATE FUNCTION code.of_looped(code.looped) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT $1.a';
CREATE OR REPLACE VIEW code.looped WITH (security_barrier) AS
  SELECT code.of_looped(ROW(1, 'x')::code.looped) AS a, 'y'::character varying(7) COLLATE "C" AS b;
CREATE VIEW code.on_looped AS SELECT code.of_looped(l) AS c, l.* FROM code.looped l;
CREATE VIEW code.ping AS SELECT 1 AS a;
CREATE VIEW code.pong AS SELECT a FROM code.ping;
CREATE OR REPLACE VIEW code.ping AS SELECT a FROM code.pong;
CREATE VIEW code.itself AS SELECT 1 AS a;
CREATE OR REPLACE VIEW code.itself AS SELECT a FROM code.itself;
COMMENT ON RULE "_RETURN" ON code.simple IS 'what makes it a view';
COMMENT ON VIEW code.looped IS 'made in two steps';
COMMENT ON COLUMN code.simple."Name" IS 'the name';
ALTER VIEW code.looped OWNER TO clerk;
GRANT SELECT, UPDATE ("Name") ON code.simple TO auditor;
GRANT SELECT ON code.by_key TO PUBLIC;

-- Materialized views: one reads another through a view, whose names sort the other way round

CREATE MATERIALIZED VIEW code.z_base AS SELECT id, name FROM code.customer;
CREATE VIEW code.y_middle AS SELECT id, upper(name) AS upper FROM code.z_base;
CREATE MATERIALIZED VIEW code.a_top WITH (fillfactor = 70, autovacuum_enabled = off, toast.autovacuum_enabled = off)
  TABLESPACE pg_default AS SELECT * FROM code.y_middle;
ALTER MATERIALIZED VIEW code.a_top ALTER COLUMN upper SET STATISTICS 17;
ALTER MATERIALIZED VIEW code.a_top ALTER COLUMN upper SET STORAGE EXTERNAL;
ALTER MATERIALIZED VIEW code.a_top ALTER COLUMN id SET (n_distinct = -0.5);
CREATE MATERIALIZED VIEW code.empty AS SELECT 1 AS a WITH NO DATA;
CREATE MATERIALIZED VIEW code.emptied AS SELECT 1 AS a;
CREATE MATERIALIZED VIEW code.on_emptied AS SELECT * FROM code.emptied;
REFRESH MATERIALIZED VIEW code.emptied WITH NO DATA;
CREATE MATERIALIZED VIEW code.materialized_by_key AS SELECT c.id, c.name, count(*) FROM code.customer c GROUP BY c.id;
CREATE UNIQUE INDEX a_top_id ON code.a_top (id);
CREATE INDEX ON code.z_base (lower(name));
ALTER MATERIALIZED VIEW code.a_top CLUSTER ON a_top_id;
-- What a function's body reads is not in the catalogs.
CREATE FUNCTION code.count_base() RETURNS bigint LANGUAGE sql STABLE AS 'SELECT count(*) FROM code.z_base';
CREATE MATERIALIZED VIEW code.a_counted AS SELECT code.count_base();
COMMENT ON MATERIALIZED VIEW code.a_top IS 'the top';
COMMENT ON COLUMN code.a_top.upper IS 'in capitals';
ALTER MATERIALIZED VIEW code.z_base OWNER TO clerk;
GRANT USAGE ON SCHEMA code TO clerk;
GRANT SELECT ON code.customer TO clerk;

-- Triggers

CREATE FUNCTION code.on_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE TRIGGER z_first BEFORE INSERT OR UPDATE OF name, country ON code.customer
  FOR EACH ROW WHEN (NEW.name IS DISTINCT FROM 'x') EXECUTE FUNCTION code.on_change('an argument', 'it''s', '\');
CREATE TRIGGER "Odd trigger" AFTER UPDATE ON code.customer
  REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION code.on_change();
CREATE TRIGGER disabled AFTER TRUNCATE ON code.customer EXECUTE FUNCTION code.on_change();
ALTER TABLE code.customer DISABLE TRIGGER disabled;
CREATE TRIGGER always BEFORE DELETE ON code.customer FOR EACH ROW EXECUTE FUNCTION code.on_change();
ALTER TABLE code.customer ENABLE ALWAYS TRIGGER always;
CREATE TRIGGER on_replica BEFORE DELETE ON code.invoice FOR EACH ROW EXECUTE FUNCTION code.on_change();
ALTER TABLE code.invoice ENABLE REPLICA TRIGGER on_replica;
CREATE CONSTRAINT TRIGGER deferred AFTER INSERT ON code.invoice FROM code.customer DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION code.on_change();
CREATE TRIGGER instead INSTEAD OF INSERT OR UPDATE ON code.by_key FOR EACH ROW EXECUTE FUNCTION code.on_change();
COMMENT ON TRIGGER instead ON code.by_key IS 'instead';
COMMENT ON TRIGGER deferred ON code.invoice IS 'deferred';

CREATE TABLE code.event (at date NOT NULL, region text NOT NULL, what text) PARTITION BY RANGE (at);
CREATE TABLE code.event_2020 PARTITION OF code.event FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
CREATE TABLE code.event_2021 PARTITION OF code.event FOR VALUES FROM ('2021-01-01') TO ('2022-01-01')
  PARTITION BY LIST (region);
CREATE TABLE code.event_2021_north PARTITION OF code.event_2021 FOR VALUES IN ('north');
CREATE TABLE code.event_2021_south PARTITION OF code.event_2021 FOR VALUES IN ('south');
CREATE TABLE code.event_2022 PARTITION OF code.event FOR VALUES FROM ('2022-01-01') TO ('2023-01-01');
CREATE TRIGGER of_all BEFORE INSERT ON code.event FOR EACH ROW EXECUTE FUNCTION code.on_change();
CREATE TRIGGER of_one AFTER UPDATE ON code.event_2020 FOR EACH ROW EXECUTE FUNCTION code.on_change();
ALTER TABLE code.event ENABLE ALWAYS TRIGGER of_all;
ALTER TABLE code.event_2020 DISABLE TRIGGER of_all;
ALTER TABLE code.event_2022 ENABLE TRIGGER of_all;
ALTER TABLE ONLY code.event_2021 DISABLE TRIGGER of_all;
COMMENT ON TRIGGER of_all ON code.event_2021_north IS 'a trigger of a partition';
INSERT INTO code.event VALUES ('2020-05-05', 'north', 'a'), ('2021-05-05', 'south', 'b');

CREATE TRIGGER listing BEFORE UPDATE ON code.short FOR EACH ROW WHEN (NEW.name IN ('a', 'b')) EXECUTE FUNCTION code.on_change();

-- The triggers of constraints have names that differ from database to database.
CREATE TABLE code.parent (id integer PRIMARY KEY, other integer UNIQUE DEFERRABLE);
CREATE TABLE code.child (parent_id integer CONSTRAINT "Odd 100%" REFERENCES code.parent, id integer);
INSERT INTO code.parent VALUES (1, 1);
ALTER TABLE code.child DISABLE TRIGGER ALL;
INSERT INTO code.child VALUES (1, 1);
ALTER TABLE code.parent DISABLE TRIGGER ALL;

-- Rules

CREATE RULE log_insert AS ON INSERT TO code.customer DO ALSO
  INSERT INTO code.log VALUES (now(), 'customer ' || NEW.name, jsonb_build_object('id', NEW.id));
CREATE RULE "Odd rule" AS ON DELETE TO code.invoice WHERE OLD.id < 0 DO INSTEAD NOTHING;
CREATE RULE "_INSERT" AS ON INSERT TO code.simple DO INSTEAD
  (INSERT INTO code.customer (name) VALUES (NEW."Name"); NOTIFY customers; DELETE FROM code.log WHERE at < 'epoch');
CREATE RULE disabled AS ON UPDATE TO code.log DO INSTEAD NOTHING;
ALTER TABLE code.log DISABLE RULE disabled;
CREATE RULE on_update AS ON UPDATE TO code.simple DO INSTEAD NOTHING;
CREATE RULE always AS ON DELETE TO code.log WHERE OLD.at IS NULL DO ALSO NOTHING;
ALTER TABLE code.log ENABLE ALWAYS RULE always;
CREATE RULE on_replica AS ON DELETE TO code.log DO ALSO NOTHING;
ALTER TABLE code.log ENABLE REPLICA RULE on_replica;
CREATE RULE listing AS ON UPDATE TO code.short WHERE NEW.name IN ('a', 'b') DO INSTEAD DELETE FROM code.short WHERE name IN ('c', 'd');
COMMENT ON RULE "Odd rule" ON code.invoice IS 'odd';

-- Policies: those of code.customer apply when its owner, and so the owner of code.z_base, reads it

ALTER TABLE code.customer ENABLE ROW LEVEL SECURITY;
ALTER TABLE code.invoice ENABLE ROW LEVEL SECURITY;
ALTER TABLE code.invoice FORCE ROW LEVEL SECURITY;
ALTER TABLE code.log FORCE ROW LEVEL SECURITY;
CREATE POLICY everyone ON code.customer USING (true);
CREATE POLICY "Odd policy" ON code.customer AS RESTRICTIVE FOR SELECT TO clerk, "Odd ""Role" USING (country IS NOT NULL);
CREATE POLICY listing ON code.short USING (name IN ('a', 'b')) WITH CHECK (name NOT IN ('c', 'd'));
CREATE POLICY inserting ON code.invoice FOR INSERT TO PUBLIC WITH CHECK (amount > 0);
CREATE POLICY updating ON code.invoice FOR UPDATE TO auditor
  USING (EXISTS (SELECT FROM code.customer c WHERE c.id = customer_id)) WITH CHECK (amount < 1000);
CREATE POLICY deleting ON code.invoice FOR DELETE TO CURRENT_USER USING (code.plain(1) = 1);
COMMENT ON POLICY "Odd policy" ON code.customer IS 'odd';

-- Default privileges

ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO auditor WITH GRANT OPTION;
ALTER DEFAULT PRIVILEGES GRANT INSERT, UPDATE ON TABLES TO auditor;
ALTER DEFAULT PRIVILEGES FOR ROLE clerk GRANT ALL ON SEQUENCES TO "Odd ""Role";
ALTER DEFAULT PRIVILEGES FOR ROLE clerk REVOKE ALL ON TYPES FROM clerk;
ALTER DEFAULT PRIVILEGES FOR ROLE auditor REVOKE ALL ON TYPES FROM PUBLIC, auditor;
ALTER DEFAULT PRIVILEGES FOR ROLE clerk GRANT USAGE ON SCHEMAS TO PUBLIC;
ALTER DEFAULT PRIVILEGES FOR ROLE clerk IN SCHEMA code GRANT EXECUTE ON FUNCTIONS TO auditor;
ALTER DEFAULT PRIVILEGES FOR ROLE clerk IN SCHEMA "Odd ""Schema%I" GRANT ALL ON TABLES TO PUBLIC, clerk;

-- Settings of the database

DO $do$
DECLARE
  setting text;
BEGIN
  FOREACH setting IN ARRAY ARRAY[
    'ALTER DATABASE %I SET search_path TO "$user", code, "Odd ""Schema%%I"',
    'ALTER DATABASE %I SET my_app.setting TO ''it''''s 100%% \ $$ odd''',
    'ALTER ROLE "Odd ""Role" IN DATABASE %I SET work_mem TO ''12MB''',
    'ALTER ROLE clerk IN DATABASE %I SET search_path TO ''''',
    'COMMENT ON DATABASE %I IS ''it''''s 100%% of the $$ code''',
    'REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC',
    'GRANT CREATE ON DATABASE %I TO "Odd ""Role" WITH GRANT OPTION'
  ] LOOP
    EXECUTE format(setting, current_database());
  END LOOP;
END
$do$;
