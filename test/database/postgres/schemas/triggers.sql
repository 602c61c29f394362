-- Triggers, rules, event triggers.
DO $do$ BEGIN CREATE ROLE trigger_happy SUPERUSER; EXCEPTION WHEN duplicate_object THEN END $do$;
CREATE SCHEMA t;
CREATE SCHEMA "Odd ""triggers%I";
CREATE EXTENSION pg_trgm SCHEMA t;
CREATE FUNCTION t.on_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE FUNCTION "Odd ""triggers%I"."Odd ""on"() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;

CREATE TABLE t.base (id integer PRIMARY KEY, name text, "Odd ""column" date, other integer);
CREATE TABLE "Odd ""triggers%I"."Odd ""table" (id integer, ref integer CONSTRAINT "Odd ""%I key" REFERENCES t.base DEFERRABLE);
CREATE TRIGGER transitions AFTER INSERT ON t.base REFERENCING NEW TABLE AS "Odd ""new" FOR EACH STATEMENT EXECUTE FUNCTION t.on_change();
CREATE TRIGGER transitions_of_rows AFTER UPDATE ON t.base REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
  FOR EACH ROW EXECUTE FUNCTION t.on_change();
CREATE TRIGGER "Odd ""when" BEFORE UPDATE OF "Odd ""column", name ON t.base FOR EACH ROW
  WHEN (OLD.name IS DISTINCT FROM NEW.name AND (OLD.*) IS DISTINCT FROM (NEW.*) AND NEW.name IN ('a', 'b'))
  EXECUTE FUNCTION "Odd ""triggers%I"."Odd ""on"('', 'it''s', E'\\x \n', '$$', '100%');
CREATE TRIGGER every_event BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON t.base EXECUTE FUNCTION t.on_change();
CREATE CONSTRAINT TRIGGER checked AFTER UPDATE OF other ON t.base FROM "Odd ""triggers%I"."Odd ""table" DEFERRABLE
  FOR EACH ROW WHEN (NEW.other > 0) EXECUTE FUNCTION t.on_change();
CREATE CONSTRAINT TRIGGER at_once AFTER DELETE ON t.base FOR EACH ROW EXECUTE FUNCTION t.on_change();
ALTER TABLE t.base ENABLE REPLICA TRIGGER at_once;
COMMENT ON TRIGGER at_once ON t.base IS 'at once';
COMMENT ON CONSTRAINT at_once ON t.base IS 'a constraint too';
ALTER TRIGGER "Odd ""when" ON t.base DEPENDS ON EXTENSION pg_trgm;
CREATE VIEW t.viewed AS SELECT * FROM t.base;
CREATE TRIGGER instead_of INSTEAD OF DELETE ON t.viewed FOR EACH ROW EXECUTE FUNCTION t.on_change();
CREATE TRIGGER of_statement AFTER INSERT ON t.viewed FOR EACH STATEMENT EXECUTE FUNCTION t.on_change();
CREATE FOREIGN DATA WRAPPER trigger_wrapper;
CREATE SERVER trigger_server FOREIGN DATA WRAPPER trigger_wrapper;
CREATE FOREIGN TABLE t.far (id integer, name text) SERVER trigger_server;
CREATE TRIGGER on_far BEFORE INSERT ON t.far FOR EACH ROW WHEN (NEW.id > 0) EXECUTE FUNCTION t.on_change();
ALTER TABLE t.far DISABLE TRIGGER on_far;
COMMENT ON TRIGGER on_far ON t.far IS 'far';

-- Partitions: clones in other states than their origin, with comments, and renamed where a server renames one alone.
CREATE TABLE t.parted (id integer, at date, ref integer) PARTITION BY RANGE (id);
CREATE TABLE t.parted_1 PARTITION OF t.parted FOR VALUES FROM (0) TO (10);
CREATE TABLE t.parted_2 PARTITION OF t.parted FOR VALUES FROM (10) TO (20) PARTITION BY LIST (id);
CREATE TABLE t.parted_2_1 PARTITION OF t.parted_2 FOR VALUES IN (10, 11);
CREATE TABLE t.parted_3 (at date, ref integer, id integer);
ALTER TABLE t.parted ATTACH PARTITION t.parted_3 FOR VALUES FROM (20) TO (30);
CREATE TRIGGER cloned AFTER INSERT OR UPDATE OF ref ON t.parted FOR EACH ROW WHEN (NEW.ref > 0) EXECUTE FUNCTION t.on_change('x');
CREATE TRIGGER renamed AFTER DELETE ON t.parted FOR EACH ROW EXECUTE FUNCTION t.on_change();
CREATE CONSTRAINT TRIGGER cloned_constraint AFTER INSERT ON t.parted DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION t.on_change();
CREATE TRIGGER of_middle AFTER INSERT ON t.parted_2 FOR EACH ROW EXECUTE FUNCTION t.on_change();
CREATE TRIGGER of_statement AFTER INSERT ON t.parted EXECUTE FUNCTION t.on_change();
ALTER TABLE t.parted DISABLE TRIGGER cloned;
ALTER TABLE t.parted_2_1 ENABLE ALWAYS TRIGGER cloned;
ALTER TABLE t.parted_3 ENABLE REPLICA TRIGGER cloned;
ALTER TABLE t.parted_2_1 DISABLE TRIGGER of_middle;
ALTER TABLE t.parted_1 DISABLE TRIGGER cloned_constraint;
ALTER TABLE t.parted_1 DISABLE TRIGGER renamed;
COMMENT ON TRIGGER renamed ON t.parted_1 IS 'disabled first';
COMMENT ON TRIGGER cloned ON t.parted_3 IS 'a clone';
ALTER TRIGGER renamed ON t.parted RENAME TO "Odd ""renamed";

-- The triggers of constraints have other names in every database.
CREATE TABLE t.target (id integer PRIMARY KEY, up integer, CONSTRAINT own FOREIGN KEY (up) REFERENCES t.target ON DELETE CASCADE)
  PARTITION BY LIST (id);
CREATE TABLE t.target_1 PARTITION OF t.target FOR VALUES IN (1);
CREATE TABLE t.target_2 PARTITION OF t.target FOR VALUES IN (2) PARTITION BY LIST (id);
CREATE TABLE t.target_2_2 PARTITION OF t.target_2 DEFAULT;
ALTER TABLE t.parted ADD CONSTRAINT to_target FOREIGN KEY (ref) REFERENCES t.target;
CREATE TABLE t.later (a integer PRIMARY KEY DEFERRABLE, b integer CONSTRAINT once UNIQUE DEFERRABLE INITIALLY DEFERRED,
  EXCLUDE (b WITH =) DEFERRABLE);
DO $do$
DECLARE
  trigger record;
BEGIN
  FOR trigger IN SELECT t.tgname, t.tgrelid::regclass AS relation, t.tgfoid::regproc AS function, c.conname
    FROM pg_trigger t JOIN pg_constraint c ON c.oid = t.tgconstraint
    WHERE t.tgisinternal AND c.contype <> 't' ORDER BY 2, 3, t.oid
  LOOP
    EXECUTE format('COMMENT ON TRIGGER %I ON %s IS %L', trigger.tgname, trigger.relation,
      format(E'of %s\\ it''s 100%% $$ %s', trigger.relation, trigger.function));
  END LOOP;
END
$do$;
ALTER TABLE t.later DISABLE TRIGGER ALL;
ALTER TABLE "Odd ""triggers%I"."Odd ""table" DISABLE TRIGGER ALL;
INSERT INTO t.base VALUES (1);
INSERT INTO "Odd ""triggers%I"."Odd ""table" VALUES (1, 1);

-- Rules

CREATE TABLE t.ruled (a integer, b text, c integer[] DEFAULT '{1}');
CREATE TABLE t.log (a integer, what text);
CREATE RULE "Odd ""rule" AS ON INSERT TO t.ruled WHERE NEW.a > 0 AND NEW.b IN ('x', 'y') DO ALSO
  INSERT INTO t.log SELECT NEW.a, 'it''s ' || v FROM (VALUES ('a'), (NEW.b)) AS x(v);
CREATE RULE two AS ON UPDATE TO t.ruled DO ALSO (DELETE FROM t.log WHERE a = OLD.a; NOTIFY "Odd ""channel", 'it''s';
  UPDATE t.log SET what = OLD.b FROM t.ruled r WHERE r.a = log.a AND NEW.c[1] = 2);
CREATE RULE conflict AS ON INSERT TO t.log WHERE false DO INSTEAD INSERT INTO t.base VALUES (NEW.a) ON CONFLICT (id) DO UPDATE SET name = excluded.name;
CREATE RULE nothing AS ON DELETE TO t.ruled DO INSTEAD NOTHING;
ALTER TABLE t.ruled DISABLE RULE two;
ALTER TABLE t.ruled ENABLE REPLICA RULE nothing;
COMMENT ON RULE two ON t.ruled IS 'two';
CREATE RULE on_parted AS ON DELETE TO t.parted DO INSTEAD NOTHING;
-- A view that returns through its rules, and one whose rule needs another that needs it.
CREATE VIEW t.writable AS SELECT a, b FROM t.ruled;
CREATE RULE insert AS ON INSERT TO t.writable DO INSTEAD INSERT INTO t.ruled (a, b) VALUES (NEW.a, NEW.b) RETURNING a, b;
CREATE RULE delete AS ON DELETE TO t.writable DO INSTEAD DELETE FROM t.ruled WHERE a = OLD.a RETURNING OLD.a, OLD.b;
CREATE VIEW t.first AS SELECT 1 AS a;
CREATE VIEW t.second AS SELECT a FROM t.first;
CREATE RULE to_second AS ON INSERT TO t.first DO INSTEAD INSERT INTO t.log SELECT NEW.a, 'x' FROM t.second;
CREATE RULE to_first AS ON INSERT TO t.second DO INSTEAD INSERT INTO t.first VALUES (NEW.a);
CREATE OR REPLACE VIEW t.first AS SELECT a FROM t.second;
CREATE VIEW t.third AS SELECT * FROM t.first;
COMMENT ON VIEW t.first IS 'a loop';
DO $do$
BEGIN
  -- Version 16 makes no more views out of tables.
  IF current_setting('server_version_num')::integer < 160000 THEN
    CREATE TABLE t.was_table (a integer NOT NULL DEFAULT 3, b text COLLATE "C");
    COMMENT ON COLUMN t.was_table.b IS 'once of a table';
    CREATE VIEW t.on_it AS SELECT * FROM t.was_table;
    CREATE RULE "_RETURN" AS ON SELECT TO t.was_table DO INSTEAD SELECT 1 AS a, 'x'::text COLLATE "C" AS b;
    CREATE TABLE t.loops (a integer);
    CREATE VIEW t.on_loops AS SELECT * FROM t.loops;
    CREATE RULE "_RETURN" AS ON SELECT TO t.loops DO INSTEAD SELECT * FROM t.on_loops;
  END IF;
END
$do$;

-- Event triggers: each would stop the restore if it fired in it.

CREATE FUNCTION t.stop() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'nothing may be changed here'; END $$;
CREATE MATERIALIZED VIEW t.stored AS SELECT count(*) FROM t.base;
ALTER DEFAULT PRIVILEGES IN SCHEMA t GRANT SELECT ON TABLES TO PUBLIC;
CREATE EVENT TRIGGER "Odd ""rewrite" ON table_rewrite WHEN TAG IN ('ALTER TABLE', 'ALTER TYPE') EXECUTE FUNCTION t.stop();
CREATE EVENT TRIGGER disabled ON sql_drop EXECUTE FUNCTION t.stop();
ALTER EVENT TRIGGER disabled DISABLE;
CREATE EVENT TRIGGER on_replica ON ddl_command_end WHEN TAG IN ('CREATE TABLE') EXECUTE FUNCTION t.stop();
ALTER EVENT TRIGGER on_replica ENABLE REPLICA;
COMMENT ON EVENT TRIGGER "Odd ""rewrite" IS 'no rewrite';
ALTER EVENT TRIGGER "Odd ""rewrite" OWNER TO trigger_happy;
CREATE EVENT TRIGGER z_always ON ddl_command_start EXECUTE FUNCTION t.stop();
ALTER EVENT TRIGGER z_always ENABLE ALWAYS;
CREATE EVENT TRIGGER a_start ON ddl_command_end EXECUTE FUNCTION t.stop();
COMMENT ON EVENT TRIGGER a_start IS 'first by name';
